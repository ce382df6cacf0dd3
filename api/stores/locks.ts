import type { Sequelize, Transaction } from 'sequelize';

/**
 * Our advisory locks of the database, each with a number of its own; any will do. `siteNames` is for who takes or gives up a
 * name, so that what was found free stays so; `operators` for who may leave fewer of them. Who takes several takes `operators`
 * before any row, and the others after the rows of users and hostings, so that none wait for one another in a circle.
 */
const numbers = { migration: 7_201_001, allocation: 7_201_002, operators: 7_201_003, siteNames: 7_201_004 };

/** Holds up all others who ask for the same lock, until the transaction ends. */
export async function holdLock(
  database: Sequelize,
  name: keyof typeof numbers,
  transaction: Transaction,
): Promise<void> {
  await database.query('SELECT pg_advisory_xact_lock($1)', { bind: [numbers[name]], transaction });
}
