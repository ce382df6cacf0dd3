import type { User } from '../models/user.ts';
import type { Database, Transaction } from '../stores/database.ts';

/**
 * Locks an account's row until the transaction ends: logging in, changing the password and deleting the account wait for
 * one another. References to the row do not wait.
 * @returns whether the account is still there, not suspended, and with the password that it had when `user` was read.
 */
export async function lockUnchanged(database: Database, user: User, transaction: Transaction): Promise<boolean> {
  const lock = transaction.LOCK.NO_KEY_UPDATE;
  const current = await database.models.User.findByPk(user.id, { transaction, lock });
  return current?.passwordHash === user.passwordHash && !current.suspendedAt;
}
