import { randomBytes, randomUUID } from 'node:crypto';
import { QueryTypes, type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import { audit, onBehalfOf, type UserActor } from '../audit.ts';
import { HostingBusyError, HostingExistsError, NotFoundError, UnauthenticatedError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import { Operation, OperationEvent, type OperationKind, OutboxEntry } from '../models/operation.ts';
import { User } from '../models/user.ts';
import { allocate, type AllocationRange } from './allocation.ts';

export interface CreateRequest {
  actor: UserActor;
  sshPublicKeys: string[];
  /** crypt(3) hash of the one-time password, or null. */
  sshPasswordHash: string | null;
}

/**
 * Writes down that a hosting is to be created: its row with an address and a port, the operation, and the outbox
 * entry, in one transaction. A hosting that failed is begun anew.
 * @throws HostingExistsError, HostingBusyError, NoRoomError; UnauthenticatedError when the account was deleted meanwhile
 */
export function requestCreate(database: Sequelize, range: AllocationRange, request: CreateRequest): Promise<Operation> {
  const { actor, sshPublicKeys, sshPasswordHash } = request;
  const { userId } = actor;
  return asOneOperation(database, async (transaction) => {
    const user = await User.findByPk(userId, { transaction, lock: transaction.LOCK.SHARE });
    if (!user) throw new UnauthenticatedError();
    const existing = await Hosting.findByPk(userId, { transaction, lock: true });
    if (existing && existing.status !== 'failed') {
      throw existing.status === 'running' || existing.status === 'stopped'
        ? new HostingExistsError()
        : new HostingBusyError();
    }
    const machine = {
      status: 'creating' as const,
      sshPublicKeys,
      sshPasswordHash,
      instanceId: randomUUID(),
      randomSeed: randomBytes(64).toString('base64'),
    };
    if (existing) await existing.update(machine, { transaction });
    else
      await Hosting.create({ userId, ...machine, ...(await allocate(database, range, transaction)) }, { transaction });
    return enqueue(actor, 'create', transaction);
  });
}

/**
 * Writes down that a user's hosting is to be deleted.
 * @throws NotFoundError, HostingBusyError
 */
export function requestDelete(database: Sequelize, actor: UserActor): Promise<Operation> {
  return asOneOperation(database, async (transaction) => {
    const hosting = await Hosting.findByPk(actor.userId, { transaction, lock: true });
    if (!hosting) throw new NotFoundError('hostingMissing', 'HOSTING_NOT_FOUND');
    return beginDelete(hosting, actor, transaction);
  });
}

/**
 * Writes down that a hosting, whose row is locked, is to be deleted; within {@link asOneOperation}.
 * @throws HostingBusyError
 */
export async function beginDelete(hosting: Hosting, actor: UserActor, transaction: Transaction): Promise<Operation> {
  if (hosting.status === 'creating' || hosting.status === 'deleting') throw new HostingBusyError();
  await hosting.update({ status: 'deleting' }, { transaction });
  return enqueue(actor, 'delete', transaction);
}

/**
 * Asks again for the deletion of hostings that failed to be deleted and have no user any more who could ask. Waits ten
 * minutes after each attempt, as what stood in the way mostly takes an operator.
 */
export async function deleteForsaken(database: Sequelize): Promise<void> {
  const rows = await database.query<{ userId: number }>(
    `SELECT user_id AS "userId" FROM hostings JOIN users ON users.id = user_id
     WHERE deleted_at IS NOT NULL AND status = 'failed' AND hostings.updated_at < now() - interval '10 minutes'`,
    { type: QueryTypes.SELECT },
  );
  for (const { userId } of rows) {
    await requestDelete(database, onBehalfOf(userId)).catch((error: unknown) => {
      // Another worker was faster.
      if (!(error instanceof HostingBusyError || error instanceof NotFoundError)) throw error;
    });
  }
}

async function enqueue(actor: UserActor, kind: OperationKind, transaction: Transaction): Promise<Operation> {
  const { userId } = actor;
  const operation = await Operation.create({ userId, kind }, { transaction });
  await OperationEvent.create(
    { operationId: operation.id, attempt: 0, state: 'queued', step: 'queued' },
    { transaction },
  );
  await OutboxEntry.create({ operationId: operation.id }, { transaction });
  await audit({ actor, action: `request_${kind}`, object: `hosting ${userId}`, transaction });
  return operation;
}

/** Twelve requests at once pass the look at the row together; the unique indexes then let one of them through. */
export async function asOneOperation<T>(
  database: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await database.transaction(work);
  } catch (error) {
    const { constraint } = (error instanceof UniqueConstraintError ? error.parent : {}) as { constraint?: string };
    if (constraint === 'hostings_pkey' || constraint === 'operations_one_open') throw new HostingBusyError();
    throw error;
  }
}
