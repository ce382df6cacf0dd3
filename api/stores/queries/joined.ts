import type { CreationAttributes, Model, ModelStatic } from 'sequelize';
import type { Models } from '../../models/models.ts';
import type { Database } from '../database.ts';

/** A row of a statement that reads several tables. */
export type JoinedRow = Record<string, unknown>;

/** One of several tables that a statement reads: its columns in the statement, and its part of each row. */
export class Joined<T extends Model, Part = T> {
  /** What to select: each column with the table's name before its own. */
  readonly columns: string;
  readonly #model: ModelStatic<T>;
  readonly #key: string;
  /** The attributes that are read, each with its column in the rows. */
  readonly #names: (readonly [attribute: string, column: string])[];

  /** @param attributes that are read; without them, all */
  constructor(model: ModelStatic<T>, table: string, attributes?: (keyof Part)[]) {
    const read = Object.entries(model.rawAttributes).filter(
      ([name]) => name === model.primaryKeyAttribute || !attributes || attributes.includes(name as keyof Part),
    );
    this.columns = read.map(([name, { field = name }]) => `${table}.${field} AS "${table}.${name}"`).join(', ');
    this.#model = model;
    this.#key = `${table}.${model.primaryKeyAttribute}`;
    this.#names = read.map(([name]) => [name, `${table}.${name}`] as const);
  }

  /** The table's part of a row, as the model's own queries give it. */
  of(row: JoinedRow): Part {
    const values: JoinedRow = {};
    for (const [attribute, column] of this.#names) values[attribute] = row[column];
    return this.#model.build(values as CreationAttributes<T>, { isNewRecord: false, raw: true }) as unknown as Part;
  }

  /** The same of an outer join; null where it found none. */
  ofOuter(row: JoinedRow): Part | null {
    return row[this.#key] === null ? null : this.of(row);
  }
}

/** Makes something of the models of a database once, as what is asked all the time is not to be put together each time. */
export function madeOnce<T>(make: (models: Models) => T): (database: Database) => T {
  const made = new WeakMap<Models, T>();
  return ({ models }) => {
    let one = made.get(models);
    if (one === undefined) made.set(models, (one = make(models)));
    return one;
  };
}
