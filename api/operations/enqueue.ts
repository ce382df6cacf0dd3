import { type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import { audit, type Actor } from '../audit.ts';
import { HostingBusyError, NotFoundError } from '../errors.ts';
import { Hosting } from '../models/hosting.ts';
import { type KeyChange, Operation, OperationEvent, type OperationKind } from '../models/operation.ts';

/** What is asked for, by whom, on whose hosting. */
export interface OperationRequest {
  kind: OperationKind;
  keyChange?: KeyChange;
  userId: number;
  actor: Actor;
}

/** Writes an operation down, from when on it waits for a worker; within {@link inOperationTransaction}. */
export async function enqueue(
  { kind, keyChange, userId, actor }: OperationRequest,
  transaction: Transaction,
): Promise<Operation> {
  const operation = await Operation.create({ userId, kind, ...(keyChange && { keyChange }) }, { transaction });
  await OperationEvent.create(
    { operationId: operation.id, attempt: 0, state: 'queued', step: 'queued' },
    { transaction },
  );
  await audit({ actor, action: `request_${kind}`, object: `hosting ${userId}`, transaction });
  return operation;
}

/**
 * A user's hosting, whose row is locked until the transaction ends.
 * @throws NotFoundError when there is none
 */
export async function lockHosting(userId: number, transaction: Transaction): Promise<Hosting> {
  const hosting = await Hosting.findByPk(userId, { transaction, lock: true });
  if (!hosting) throw new NotFoundError('HOSTING_NOT_FOUND');
  return hosting;
}

/** @throws HostingBusyError while another operation on the hosting is under way */
export function assertNotBusy({ status }: Hosting): void {
  if (status === 'creating' || status === 'updating' || status === 'deleting') throw new HostingBusyError();
}

/** Requests that come at the same moment all find the hosting free; the unique indexes then let only one of them through. */
export async function inOperationTransaction<T>(
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

/** As {@link inOperationTransaction}, for what nobody waits for: another worker, or the user's own delete, may be faster. */
export async function inOperationTransactionUnlessBusy(
  database: Sequelize,
  work: (transaction: Transaction) => Promise<unknown>,
): Promise<void> {
  await inOperationTransaction(database, work).catch((error: unknown) => {
    if (!(error instanceof HostingBusyError || error instanceof NotFoundError)) throw error;
  });
}
