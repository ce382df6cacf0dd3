import type { Database, Transaction } from '../stores/database.ts';
import { type Actor, systemActor } from '../audit.ts';
import type { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import type { User } from '../models/user.ts';
import { usersAgainstSuspension } from '../stores/queries/reconciliation.ts';
import { inOperationTransactionUnlessBusy, enqueue, lockHosting } from './enqueue.ts';

/**
 * Writes down that a hosting is to be closed or opened, as its user is suspended or not; within {@link inOperationTransaction}.
 * @returns null when it is so already, or another operation is under way: {@link reconcileSuspensions} comes back to it.
 */
export async function followSuspension(
  database: Database,
  user: User,
  actor: Actor,
  transaction: Transaction,
): Promise<Operation | null> {
  const hosting = await database.models.Hosting.findByPk(user.id, { transaction, lock: true });
  if (!hosting) return null;
  const kind = user.suspendedAt ? 'suspend' : 'resume';
  if (!isPossible(kind, hosting)) return null;
  await hosting.update({ status: 'updating' }, { transaction });
  return enqueue(database, { kind, userId: user.id, actor }, transaction);
}

/** A suspension that failed halfway may leave a machine off that its user wants on, or the site closed and the machine on. */
function isPossible(kind: 'suspend' | 'resume', { status, powered }: Hosting): boolean {
  if (kind === 'suspend') return ['running', 'asleep', 'stopped', 'suspended'].includes(status);
  return status === 'suspended' || (status === 'stopped' && powered);
}

/**
 * Asks for what could not be asked for when the operator suspended or resumed a user, or failed a minute ago; ten times in an
 * hour at most.
 */
export async function reconcileSuspensions(database: Database): Promise<void> {
  for (const userId of await usersAgainstSuspension(database)) {
    await inOperationTransactionUnlessBusy(database, async (transaction) => {
      await lockHosting(database, userId, transaction);
      const user = await database.models.User.findByPk(userId, { transaction, rejectOnEmpty: true });
      await followSuspension(database, user, systemActor, transaction);
    });
  }
}
