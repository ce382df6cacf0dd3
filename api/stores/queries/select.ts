import type { ClientBase, QueryConfig } from 'pg';
import { QueryTypes } from 'sequelize';
import type { Database, Transaction } from '../database.ts';

/** Asks PostgreSQL for rows, whose columns are named as the statement names them. @param bind what `$1` and so on stand for */
export function select<Row extends object>(
  database: Database,
  sql: string,
  bind: unknown[] = [],
  transaction: Transaction | null = null,
): Promise<Row[]> {
  return database.query<Row>(sql, { bind, transaction, type: QueryTypes.SELECT });
}

/** As {@link select}, for statements whose rows are users' ids alone. */
export async function selectUserIds(database: Database, sql: string, bind: unknown[] = []): Promise<number[]> {
  const rows = await select<{ user_id: number }>(database, sql, bind);
  return rows.map((row) => row.user_id);
}

/** A statement with a name, which no other text has. */
export type Prepared = Required<Pick<QueryConfig, 'name' | 'text'>>;

/**
 * As {@link select}, for what most calls ask: each connection reads and plans the statement once. It goes past Sequelize, which
 * knows no prepared statements, by a connection of the same pool.
 */
export async function selectPrepared<Row extends object>(
  { connectionManager }: Database,
  statement: Prepared,
  values: unknown[],
): Promise<Row[]> {
  const connection = await connectionManager.getConnection({ type: 'read' });
  try {
    const { rows } = await (connection as ClientBase).query<Row>({ ...statement, values });
    return rows;
  } finally {
    connectionManager.releaseConnection(connection);
  }
}
