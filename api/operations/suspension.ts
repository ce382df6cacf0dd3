import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type Actor, nobody } from '../audit.ts';
import { HostingBusyError, NotFoundError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { User } from '../models/user.ts';
import { asOneOperation, enqueue, lockHosting } from './enqueue.ts';

/**
 * Writes down that a hosting is to be closed or opened, as its user is suspended or not; within {@link asOneOperation}.
 * @returns null when it is so already, or another operation is under way: {@link enforceSuspensions} comes back to it.
 */
export async function followSuspension(user: User, actor: Actor, transaction: Transaction): Promise<Operation | null> {
  const hosting = await Hosting.findByPk(user.id, { transaction, lock: true });
  if (!hosting) return null;
  const kind = user.suspendedAt ? 'suspend' : 'resume';
  const possible = kind === 'suspend' ? ['running', 'stopped'] : ['suspended'];
  if (!possible.includes(hosting.status)) return null;
  await hosting.update({ status: 'updating' }, { transaction });
  return enqueue({ kind, userId: user.id, actor }, transaction);
}

/** Asks for what could not be asked for when the operator suspended or resumed a user, or failed a minute ago. */
export async function enforceSuspensions(database: Sequelize): Promise<void> {
  const rows = await database.query<{ userId: number }>(
    `SELECT user_id AS "userId" FROM hostings JOIN users ON users.id = user_id
     WHERE deleted_at IS NULL AND hostings.updated_at < now() - interval '10 seconds'
       AND ((suspended_at IS NOT NULL AND status IN ('running', 'stopped'))
         OR (suspended_at IS NULL AND status = 'suspended'))
       AND NOT EXISTS (SELECT FROM operations WHERE operations.user_id = hostings.user_id
         AND kind IN ('suspend', 'resume') AND state = 'failed' AND ended_at > now() - interval '1 minute')`,
    { type: QueryTypes.SELECT },
  );
  for (const { userId } of rows) {
    await asOneOperation(database, async (transaction) => {
      await lockHosting(userId, transaction);
      const user = await User.findByPk(userId, { transaction, rejectOnEmpty: true });
      await followSuspension(user, nobody, transaction);
    }).catch((error: unknown) => {
      // Another worker, or the user's own delete, was faster.
      if (!(error instanceof HostingBusyError || error instanceof NotFoundError)) throw error;
    });
  }
}
