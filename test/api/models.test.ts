// Models declare the columns that the migrations make: all of them, and no others.
import test from 'ava';
import { type Model, type ModelAttributeColumnOptions, type ModelStatic, QueryTypes } from 'sequelize';
import { claimNext } from '../../api/operations/claim.ts';
import { migrate } from '../../api/stores/migrate.ts';
import { queueCreate } from '../support/api/operations.ts';
import { addDatabase, startStores, type Stores } from '../support/api/stores.ts';

let stores: Stores;

test.before(async () => {
  stores = await startStores();
});
test.after.always(() => stores.stop());

/** Columns as `table.name`, each with its type, whether it may be empty, and what stands there by itself. */
type Columns = Record<string, string>;

const withoutModel = ['certificate_orders', 'given_up_site_names', 'migrations'];
/** Only of deleted accounts, which no query of the model finds. */
const emptyWhenDeleted = ['users.email', 'users.username', 'users.password_hash'];
/** What models fill in themselves. */
const filledByModels = [
  'operations.id',
  'operations.state',
  'operations.step',
  'ssh_keys.id',
  'domains.id',
  'domains.state',
];

function describe(type: string, nullable: boolean, byDefault: string | null): string {
  return `${type.toLowerCase()}${nullable ? '' : ', never empty'}${byDefault === null ? '' : `, at first ${byDefault}`}`;
}

function ofModels(): Columns {
  const columns = Object.values<ModelStatic<Model>>(stores.database.models).flatMap((model) =>
    Object.values(model.getAttributes()).map((attribute) => {
      const { field, type, primaryKey = false, allowNull = true } = attribute;
      const name = `${model.tableName}.${field}`;
      const nullable = emptyWhenDeleted.includes(name) || (allowNull && !primaryKey);
      const byDefault = filledByModels.includes(name) ? null : defaultOf(attribute);
      return [name, describe(String(type), nullable, byDefault)];
    }),
  );
  return Object.fromEntries(columns) as Columns;
}

function defaultOf({ field = '', autoIncrement, defaultValue }: ModelAttributeColumnOptions): string | null {
  if (autoIncrement) return 'identity';
  if (field === 'created_at' || field === 'updated_at') return 'now';
  const text = String(defaultValue).toLowerCase();
  return text === 'undefined' ? null : text;
}

async function ofDatabase(): Promise<Columns> {
  const rows = await stores.database.query<{ name: string; type: string; nullable: boolean; byDefault: string | null }>(
    `SELECT table_name || '.' || column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable,
       CASE WHEN is_identity = 'YES' OR column_default LIKE 'nextval(%' THEN 'identity' ELSE substring(column_default from '\\w+') END AS "byDefault"
     FROM information_schema.columns
     WHERE table_schema = 'public' AND is_generated = 'NEVER' AND table_name <> ALL($1)`,
    { bind: [withoutModel], type: QueryTypes.SELECT },
  );
  return Object.fromEntries(
    rows.map(({ name, type, nullable, byDefault }) => [name, describe(type, nullable, byDefault)]),
  );
}

test('models and migrations tell the same columns', async (t) => {
  const columns = ofModels();
  t.true(Object.keys(columns).length > 50);
  t.deepEqual(columns, await ofDatabase());
});

test('databases in one process keep to themselves', async (t) => {
  const other = await addDatabase(stores, 'other');
  t.teardown(() => other.close());
  await migrate(other);
  const [here, there] = await Promise.all(
    [stores.database, other].map(async (database, index) => {
      const row = { email: `${index}@example.com`, username: `user-${index}`, passwordHash: 'none' };
      const { id: userId } = await database.models.User.create(row);
      const { id } = await queueCreate(database, userId);
      const claim = await claimNext(database, 'worker-1');
      t.is(claim?.operation.id, id);
      return { id, emails: (await database.models.User.findAll()).map(({ email }) => email) };
    }),
  );
  t.deepEqual([here?.emails, there?.emails], [['0@example.com'], ['1@example.com']]);
  t.is(await stores.database.models.Operation.findByPk(there?.id), null);
  t.is(await other.models.Operation.findByPk(here?.id), null);
});
