import type { Database, Transaction } from '../database.ts';

/** How many operations are kept of each user, with their events: more than anybody is shown. What was asked stays in the audit log. */
const kept = 100;

/** Forgets the oldest operations of a user that have ended. */
export async function forgetOldOperations(database: Database, userId: number, transaction: Transaction): Promise<void> {
  const sql = `DELETE FROM operations WHERE user_id = $1 AND state IN ('succeeded', 'failed') AND created_at < (
      SELECT created_at FROM operations WHERE user_id = $1 ORDER BY created_at DESC OFFSET ${kept - 1} LIMIT 1
    )`;
  await database.query(sql, { bind: [userId], transaction });
}
