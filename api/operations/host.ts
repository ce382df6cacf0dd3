import { randomBytes, randomUUID } from 'node:crypto';
import { type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import { HostingBusyError, HostingExistsError, NotFoundError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import { Operation, OperationEvent, type OperationKind, OutboxEntry } from '../models/operation.ts';
import { allocate, type AllocationRange } from './allocation.ts';

export interface CreateRequest {
  userId: number;
  sshPublicKeys: string[];
  /** crypt(3) hash of the one-time password, or null. */
  sshPasswordHash: string | null;
}

/**
 * Writes down that a hosting is to be created: its row with an address and a port, the operation, and the outbox
 * entry, in one transaction. A hosting that failed is begun anew.
 * @throws HostingExistsError, HostingBusyError, NoRoomError
 */
export function requestCreate(database: Sequelize, range: AllocationRange, request: CreateRequest): Promise<Operation> {
  const { userId, sshPublicKeys, sshPasswordHash } = request;
  return asOneOperation(database, async (transaction) => {
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
    return enqueue(userId, 'create', transaction);
  });
}

/**
 * Writes down that a user's hosting is to be deleted.
 * @throws NotFoundError, HostingBusyError
 */
export function requestDelete(database: Sequelize, userId: number): Promise<Operation> {
  return asOneOperation(database, async (transaction) => {
    const hosting = await Hosting.findByPk(userId, { transaction, lock: true });
    if (!hosting) throw new NotFoundError('hostingMissing', 'HOSTING_NOT_FOUND');
    if (hosting.status === 'creating' || hosting.status === 'deleting') throw new HostingBusyError();
    await hosting.update({ status: 'deleting' }, { transaction });
    return enqueue(userId, 'delete', transaction);
  });
}

async function enqueue(userId: number, kind: OperationKind, transaction: Transaction): Promise<Operation> {
  const operation = await Operation.create({ userId, kind }, { transaction });
  await OperationEvent.create(
    { operationId: operation.id, attempt: 0, state: 'queued', step: 'queued' },
    { transaction },
  );
  await OutboxEntry.create({ operationId: operation.id }, { transaction });
  return operation;
}

/** Twelve requests at once pass the look at the row together; the unique indexes then let one of them through. */
async function asOneOperation<T>(database: Sequelize, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(work);
  } catch (error) {
    const { constraint } = (error instanceof UniqueConstraintError ? error.parent : {}) as { constraint?: string };
    if (constraint === 'hostings_pkey' || constraint === 'operations_one_open') throw new HostingBusyError();
    throw error;
  }
}
