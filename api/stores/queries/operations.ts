import type { Database, Transaction } from '../database.ts';

/** How many operations are kept of each user, with their events: more than anybody is shown. What was asked stays in the audit log. */
const kept = 100;

/** Forgets the oldest operations of a user, or of all spare machines, that have ended. */
export async function forgetOldOperations(
  database: Database,
  userId: number | null,
  transaction: Transaction,
): Promise<void> {
  const ofThem = userId === null ? 'user_id IS NULL' : 'user_id = $1';
  const sql = `DELETE FROM operations WHERE ${ofThem} AND state IN ('succeeded', 'failed') AND created_at < (
      SELECT created_at FROM operations WHERE ${ofThem} ORDER BY created_at DESC OFFSET ${kept - 1} LIMIT 1
    )`;
  await database.query(sql, { bind: userId === null ? [] : [userId], transaction });
}
