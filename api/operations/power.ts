import type { Database } from '../stores/database.ts';
import { systemActor, type UserActor } from '../audit.ts';
import { HostingStateError } from '../errors.ts';
import type { HostingStatus } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import {
  inOperationTransaction,
  inOperationTransactionUnlessBusy,
  enqueue,
  lockHosting,
  assertNotBusy,
} from './enqueue.ts';

export type PowerAction = 'start' | 'stop' | 'restart';

/** The states in which each may be asked for. */
const possibleIn: Record<PowerAction, HostingStatus[]> = {
  start: ['stopped', 'asleep'],
  stop: ['running', 'asleep'],
  restart: ['running', 'asleep'],
};

/**
 * Writes down that a user's machine is to be started, stopped or restarted. To start one that sleeps is to wake it.
 * @throws NotFoundError, HostingBusyError; HostingStateError, e.g. when one that runs is to be started
 */
export function requestPower(database: Database, kind: PowerAction, actor: UserActor): Promise<Operation> {
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockHosting(database, userId, transaction);
    assertNotBusy(hosting);
    if (!possibleIn[kind].includes(hosting.status)) throw new HostingStateError(hosting.status);
    const isWake = kind === 'start' && hosting.status === 'asleep';
    await hosting.update({ status: 'updating', powered: kind !== 'stop' }, { transaction });
    return enqueue(database, { kind: isWake ? 'wake' : kind, userId, actor }, transaction);
  });
}

/** Writes down that a machine is to be started that libvirt could not start with the node, if it is still wanted on. */
export async function requestStartOfFailed(database: Database, userId: number): Promise<void> {
  await inOperationTransactionUnlessBusy(database, async (transaction) => {
    const hosting = await lockHosting(database, userId, transaction);
    const { suspendedAt, deletedAt } = await database.models.User.findByPk(userId, {
      transaction,
      rejectOnEmpty: true,
    });
    if (hosting.status !== 'running' || !hosting.powered || suspendedAt || deletedAt) return;
    await hosting.update({ status: 'updating' }, { transaction });
    await enqueue(database, { kind: 'start', userId, actor: systemActor }, transaction);
  });
}
