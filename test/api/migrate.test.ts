// An installation of an earlier version is brought up to date with all that it has.
import test from 'ava';
import { QueryTypes } from 'sequelize';
import { claimNext } from '../../api/operations/claim.ts';
import { migrate } from '../../api/stores/migrate.ts';
import * as core from '../../api/stores/migrations/0001-core.ts';
import { addDatabase, startStores, type Stores } from '../support/api/stores.ts';

let stores: Stores;

test.before(async () => {
  stores = await startStores();
});
test.after.always(() => stores.stop());

test('users and operations of the first version stay, whoever migrates and however often', async (t) => {
  const earlier = await addDatabase(stores, 'earlier');
  t.teardown(() => earlier.close());
  await core.up((sql) => earlier.query(sql));
  await earlier.query(`
    CREATE TABLE migrations (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO migrations (name) VALUES ('0001-core');
    INSERT INTO users (email, username, password_hash) VALUES
      ('a@example.com', 'a', 'hash'), ('b@example.com', 'Gil_Dong', 'hash'), ('c@example.com', 'gi1-dong', 'hash'),
      ('d@example.com', 'gil-dong', 'hash'), ('e@example.com', '길동', 'hash'), ('f@example.com', 'admin', 'hash'),
      ('g@example.com', 'user-lo', 'hash'), ('h@example.com', 'h--h', 'hash'), ('i@example.com', '123', 'hash'),
      ('j@example.com', 'gi0', 'hash');
    INSERT INTO operations (id, user_id, kind, state, step) VALUES (gen_random_uuid(), 1, 'create', 'queued', 'queued');
    INSERT INTO hostings (user_id, status, vm_ip, ssh_port, ssh_public_keys, instance_id, random_seed)
      VALUES (2, 'running', '192.168.122.2', 10000, '[]', gen_random_uuid(), 'seed');
    INSERT INTO outbox (operation_id) SELECT id FROM operations`);
  await Promise.all([migrate(earlier), migrate(earlier), migrate(earlier)]);
  const select = (sql: string) => earlier.query<object>(sql, { type: QueryTypes.SELECT });
  t.deepEqual(await select('SELECT email, username, password_hash, deleted_at FROM users WHERE id = 1'), [
    { email: 'a@example.com', username: 'a', password_hash: 'hash', deleted_at: null },
  ]);
  const named = (await select('SELECT site_name FROM users ORDER BY id')) as { site_name: string }[];
  t.deepEqual(
    named.map((row) => row.site_name),
    ['user-1', 'gil-dong', 'user-3', 'user-4', 'user-5', 'user-6', 'user-7', 'user-8', 'user-9', 'gi0'],
  );
  t.deepEqual(await select("SELECT machine_id, nextval('machine_ids')::int AS next FROM hostings"), [
    { machine_id: 2, next: 11 },
  ]);
  t.deepEqual(await select('SELECT name FROM migrations ORDER BY name'), [
    { name: '0001-core' },
    { name: '0002-sessions' },
    { name: '0003-power' },
    { name: '0004-password' },
    { name: '0005-suspension-reason' },
    { name: '0006-names' },
    { name: '0007-short-sessions' },
    { name: '0008-one-queue' },
    { name: '0009-hosts' },
    { name: '0010-certificates' },
    { name: '0011-domains' },
    { name: '0012-limits' },
    { name: '0013-hangul-names' },
    { name: '0014-spared-domains' },
    { name: '0015-machines' },
    { name: '0016-sleep' },
    { name: '0017-deaths' },
    { name: '0018-spares' },
    { name: '0019-admission' },
  ]);
  t.deepEqual(await select('SELECT count(*)::int AS sessions FROM sessions'), [{ sessions: 0 }]);
  t.like((await claimNext(earlier, 'worker-1'))?.operation, { userId: 1, kind: 'create', attempt: 1 });
});

test('a deleted account cannot keep anything of its person', async (t) => {
  const { database } = stores;
  await database.query("INSERT INTO users (email, username, password_hash) VALUES ('b@example.com', 'b', 'hash')");
  await t.throwsAsync(database.query('UPDATE users SET deleted_at = now()'), { message: /users_deleted_are_empty/ });
  await t.throwsAsync(database.query('UPDATE users SET email = NULL'), { message: /users_deleted_are_empty/ });
});
