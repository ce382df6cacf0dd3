import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type Actor, systemActor } from '../audit.ts';
import { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { User } from '../models/user.ts';
import { inOperationTransactionUnlessBusy, enqueue, lockHosting } from './enqueue.ts';

/**
 * Writes down that a hosting is to be closed or opened, as its user is suspended or not; within {@link inOperationTransaction}.
 * @returns null when it is so already, or another operation is under way: {@link reconcileSuspensions} comes back to it.
 */
export async function followSuspension(user: User, actor: Actor, transaction: Transaction): Promise<Operation | null> {
  const hosting = await Hosting.findByPk(user.id, { transaction, lock: true });
  if (!hosting) return null;
  const kind = user.suspendedAt ? 'suspend' : 'resume';
  if (!isPossible(kind, hosting)) return null;
  await hosting.update({ status: 'updating' }, { transaction });
  return enqueue({ kind, userId: user.id, actor }, transaction);
}

/** A suspension that failed halfway may leave a machine off that its user wants on, or the site closed and the machine on. */
function isPossible(kind: 'suspend' | 'resume', { status, powered }: Hosting): boolean {
  if (kind === 'suspend') return ['running', 'stopped', 'suspended'].includes(status);
  return status === 'suspended' || (status === 'stopped' && powered);
}

/**
 * Asks for what could not be asked for when the operator suspended or resumed a user, or failed a minute ago; ten times in an
 * hour at most.
 */
export async function reconcileSuspensions(database: Sequelize): Promise<void> {
  const rows = await database.query<{ userId: number }>(
    `SELECT hostings.user_id AS "userId" FROM hostings JOIN users ON users.id = hostings.user_id
     LEFT JOIN LATERAL (SELECT kind FROM operations WHERE operations.user_id = hostings.user_id
       AND kind IN ('suspend', 'resume') ORDER BY created_at DESC LIMIT 1) AS latest ON true
     LEFT JOIN LATERAL (SELECT max(ended_at) AS last, count(*) FROM operations WHERE operations.user_id = hostings.user_id
       AND kind IN ('suspend', 'resume') AND state = 'failed' AND ended_at > now() - interval '1 hour') AS failures ON true
     WHERE deleted_at IS NULL AND hostings.updated_at < now() - interval '10 seconds'
       AND ((suspended_at IS NOT NULL AND (status IN ('running', 'stopped') OR (status = 'suspended' AND latest.kind = 'resume')))
         OR (suspended_at IS NULL AND (status = 'suspended' OR (status = 'stopped' AND powered))))
       AND coalesce(failures.last < now() - interval '1 minute' AND failures.count < 10, true)`,
    { type: QueryTypes.SELECT },
  );
  for (const { userId } of rows) {
    await inOperationTransactionUnlessBusy(database, async (transaction) => {
      await lockHosting(userId, transaction);
      const user = await User.findByPk(userId, { transaction, rejectOnEmpty: true });
      await followSuspension(user, systemActor, transaction);
    });
  }
}
