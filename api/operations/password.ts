import type { Database } from '../stores/database.ts';
import type { UserActor } from '../audit.ts';
import { HostingStateError } from '../errors.ts';
import type { Operation } from '../models/operation.ts';
import { inOperationTransaction, enqueue, lockHosting, assertNotBusy } from './enqueue.ts';

/**
 * Writes down that a machine that runs, or sleeps and is woken for it, is to take another one-time password. The one before it is good until it has.
 * @param hash crypt(3)
 * @throws NotFoundError, HostingBusyError; HostingStateError while it does not run
 */
export function requestPassword(
  database: Database,
  { actor, hash }: { actor: UserActor; hash: string },
): Promise<Operation> {
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockHosting(database, userId, transaction);
    assertNotBusy(hosting);
    if (hosting.status !== 'running' && hosting.status !== 'asleep') throw new HostingStateError(hosting.status);
    await hosting.update({ status: 'updating', nextPasswordHash: hash }, { transaction });
    return enqueue(database, { kind: 'password', userId, actor }, transaction);
  });
}
