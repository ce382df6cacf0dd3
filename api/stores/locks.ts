import type { Database, Transaction } from './database.ts';
import { select } from './queries/select.ts';

/**
 * Our advisory locks of the database; the numbers are arbitrary. `siteNames` is held while a name is taken or given up, so
 * that one found free stays free; `operators` while their number may fall; `domains` while one becomes
 * a user's own; `spares` while it is decided whether there are enough; `admission` while it is decided who may have a node's
 * memory. To avoid deadlocks, take `operators` before any
 * row, and the others after the rows of users and hostings.
 */
const numbers = {
  migration: 7_201_001,
  allocation: 7_201_002,
  operators: 7_201_003,
  siteNames: 7_201_004,
  domains: 7_201_005,
  spares: 7_201_006,
  admission: 7_201_007,
};

/** Holds up all others who ask for the same lock, until the transaction ends. */
export async function holdLock(
  database: Database,
  name: keyof typeof numbers,
  transaction: Transaction,
): Promise<void> {
  await database.query('SELECT pg_advisory_xact_lock($1)', { bind: [numbers[name]], transaction });
}

/** As {@link holdLock}, without waiting. @returns false when somebody else holds it */
export async function tryLock(
  database: Database,
  name: keyof typeof numbers,
  transaction: Transaction,
): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_xact_lock($1) AS held';
  const [row] = await select<{ held: boolean }>(database, sql, [numbers[name]], transaction);
  return row?.held ?? false;
}
