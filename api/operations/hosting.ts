import { randomBytes, randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../stores/database.ts';
import { onBehalfOf, type UserActor } from '../audit.ts';
import { AppError, HostingBusyError, NotFoundError, UnauthenticatedError } from '../errors.ts';
import { awake, type Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { findHosting, type ShownHosting } from '../stores/queries/hostings.ts';
import { takeSpare } from '../stores/queries/spares.ts';
import { usersWithForsakenHosting } from '../stores/queries/reconciliation.ts';
import { describeKey } from './describe-ssh-key.ts';
import { allocate, type AllocationRange } from './allocation.ts';
import { inOperationTransaction, enqueue, lockHosting, assertNotBusy } from './enqueue.ts';

export interface CreateRequest {
  actor: UserActor;
  sshPublicKeys: string[];
  /** crypt(3) hash of the one-time password, or null. */
  sshPasswordHash: string | null;
}

/** A user's hosting as answers show it. @throws NotFoundError when there is none, or none any more */
export async function readHosting(database: Database, userId: number): Promise<ShownHosting> {
  const shown = await findHosting(database, userId);
  if (!shown) throw new NotFoundError('HOSTING_NOT_FOUND');
  return shown;
}

/**
 * Writes down that a hosting is to be created: its row, with a spare machine or an address and a port, and the operation, in one
 * transaction. A hosting that failed is begun anew.
 * @throws HostingBusyError; AppError `HOSTING_EXISTS`, `NO_ROOM`; UnauthenticatedError when the account was deleted meanwhile
 */
export function requestCreate(database: Database, range: AllocationRange, request: CreateRequest): Promise<Operation> {
  const { actor, sshPublicKeys, sshPasswordHash } = request;
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const { Hosting, User } = database.models;
    const user = await User.findByPk(userId, { transaction, lock: transaction.LOCK.SHARE });
    if (!user) throw new UnauthenticatedError();
    const existing = await Hosting.findByPk(userId, { transaction, lock: true });
    if (existing && existing.status !== 'failed') {
      assertNotBusy(existing);
      throw new AppError('HOSTING_EXISTS');
    }
    const beginning = {
      status: 'creating' as const,
      powered: true,
      startedAt: null,
      ...awake,
      sshPasswordHash,
      instanceId: randomUUID(),
      randomSeed: randomBytes(64).toString('base64'),
    };
    if (existing) await existing.update(beginning, { transaction });
    else {
      const machine = (await takeSpare(database, transaction)) ?? (await allocate(database, range, transaction));
      await Hosting.create({ userId, ...beginning, ...machine }, { transaction });
    }
    await replaceKeys(database, userId, sshPublicKeys, transaction);
    return enqueue(database, { kind: 'create', userId, actor }, transaction);
  });
}

/**
 * Writes down that a user's hosting is to be deleted.
 * @throws NotFoundError, HostingBusyError
 */
export function requestDelete(database: Database, actor: UserActor): Promise<Operation> {
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockHosting(database, actor.userId, transaction);
    return beginDelete(database, hosting, actor, transaction);
  });
}

/**
 * Writes down that a hosting, whose row is locked, is to be deleted; within {@link inOperationTransaction}.
 * @throws HostingBusyError
 */
export async function beginDelete(
  database: Database,
  hosting: Hosting,
  actor: UserActor,
  transaction: Transaction,
): Promise<Operation> {
  assertNotBusy(hosting);
  await hosting.update({ status: 'deleting' }, { transaction });
  return enqueue(database, { kind: 'delete', userId: hosting.userId, actor }, transaction);
}

/**
 * Asks again for the deletion of hostings that are `failed` and whose user cannot ask: the account is deleted or suspended.
 * Waits ten minutes after each attempt, as what stood in the way mostly takes an operator.
 */
export async function reconcileDeletedAccounts(database: Database): Promise<void> {
  for (const userId of await usersWithForsakenHosting(database)) {
    await requestDelete(database, onBehalfOf(userId)).catch((error: unknown) => {
      // Another worker was faster.
      if (!(error instanceof HostingBusyError || error instanceof NotFoundError)) throw error;
    });
  }
}

/** The keys that a new machine is made with. */
async function replaceKeys(
  database: Database,
  userId: number,
  publicKeys: string[],
  transaction: Transaction,
): Promise<void> {
  await database.models.SshKey.destroy({ where: { userId }, transaction });
  const keys = new Map(publicKeys.map((publicKey) => [describeKey(publicKey).fingerprint, publicKey]));
  const rows = [...keys.values()].map((publicKey) => ({
    userId,
    publicKey,
    state: 'installed' as const,
    ...describeKey(publicKey),
  }));
  await database.models.SshKey.bulkCreate(rows, { transaction });
}
