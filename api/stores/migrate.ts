import { QueryTypes } from 'sequelize';
import { Umzug } from 'umzug';
import type { Database } from './database.ts';
import { holdLock } from './locks.ts';
import * as core from './migrations/0001-core.ts';
import * as sessions from './migrations/0002-sessions.ts';
import * as power from './migrations/0003-power.ts';
import * as password from './migrations/0004-password.ts';
import * as suspensionReason from './migrations/0005-suspension-reason.ts';
import * as names from './migrations/0006-names.ts';
import * as shortSessions from './migrations/0007-short-sessions.ts';
import * as oneQueue from './migrations/0008-one-queue.ts';
import * as hosts from './migrations/0009-hosts.ts';
import * as certificates from './migrations/0010-certificates.ts';
import * as domains from './migrations/0011-domains.ts';
import * as limits from './migrations/0012-limits.ts';
import * as hangulNames from './migrations/0013-hangul-names.ts';
import * as sparedDomains from './migrations/0014-spared-domains.ts';
import * as machines from './migrations/0015-machines.ts';
import * as sleep from './migrations/0016-sleep.ts';
import * as deaths from './migrations/0017-deaths.ts';
import * as spares from './migrations/0018-spares.ts';
import * as admission from './migrations/0019-admission.ts';

/**
 * Brings the database's schema up to date. Several processes may call it at once: one migrates, the others wait.
 * @throws when a migration fails; nothing of it remains.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (transaction) => {
    await holdLock(database, 'migration', transaction);
    await database.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now())',
      { transaction },
    );
    const query = (sql: string) => database.query(sql, { transaction });
    const umzug = new Umzug({
      migrations: [
        { name: '0001-core', up: () => core.up(query) },
        { name: '0002-sessions', up: () => sessions.up(query) },
        { name: '0003-power', up: () => power.up(query) },
        { name: '0004-password', up: () => password.up(query) },
        { name: '0005-suspension-reason', up: () => suspensionReason.up(query) },
        { name: '0006-names', up: () => names.up(query) },
        { name: '0007-short-sessions', up: () => shortSessions.up(query) },
        { name: '0008-one-queue', up: () => oneQueue.up(query) },
        { name: '0009-hosts', up: () => hosts.up(query) },
        { name: '0010-certificates', up: () => certificates.up(query) },
        { name: '0011-domains', up: () => domains.up(query) },
        { name: '0012-limits', up: () => limits.up(query) },
        { name: '0013-hangul-names', up: () => hangulNames.up(query) },
        { name: '0014-spared-domains', up: () => sparedDomains.up(query) },
        { name: '0015-machines', up: () => machines.up(query) },
        { name: '0016-sleep', up: () => sleep.up(query) },
        { name: '0017-deaths', up: () => deaths.up(query) },
        { name: '0018-spares', up: () => spares.up(query) },
        { name: '0019-admission', up: () => admission.up(query) },
      ],
      logger: undefined,
      storage: {
        logMigration: async ({ name }) => {
          await database.query('INSERT INTO migrations (name) VALUES ($1)', { bind: [name], transaction });
        },
        unlogMigration: () => Promise.reject(new Error('Migrations only go forward.')),
        executed: async () => {
          const rows = await database.query<{ name: string }>('SELECT name FROM migrations ORDER BY name', {
            type: QueryTypes.SELECT,
            transaction,
          });
          return rows.map((row) => row.name);
        },
      },
    });
    await umzug.up();
  });
}
