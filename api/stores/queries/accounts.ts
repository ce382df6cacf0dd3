import type { Database, Transaction } from '../database.ts';

/** Marks a user as deleted, and forgets all that the row tells of the person. */
export async function emptyAccount(database: Database, userId: number, transaction: Transaction): Promise<void> {
  await database.query(
    `UPDATE users SET deleted_at = now(), email = NULL, username = NULL, site_name = NULL, password_hash = NULL
     WHERE id = $1`,
    { bind: [userId], transaction },
  );
}
