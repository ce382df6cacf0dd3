import { brokenConstraint } from '../stores/constraints.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { forgetOldOperations } from '../stores/queries/operations.ts';
import { audit, type Actor } from '../audit.ts';
import { HostingBusyError, NotFoundError } from '../errors.ts';
import type { Hosting } from '../models/hosting.ts';
import { type HostingKind, type KeyChange, objectOf, type Operation, type SpareKind } from '../models/operation.ts';

/** What is asked for, by whom, on whose hosting or on which spare machine. */
export type OperationRequest = { actor: Actor } & (
  { kind: HostingKind; userId: number; keyChange?: KeyChange } | { kind: SpareKind; machineId: number }
);

/** Writes an operation down, from when on it waits for a worker; within {@link inOperationTransaction}. */
export async function enqueue(
  database: Database,
  { actor, ...request }: OperationRequest,
  transaction: Transaction,
): Promise<Operation> {
  const { Operation, OperationEvent } = database.models;
  const operation = await Operation.create(request, { transaction });
  const event = { operationId: operation.id, attempt: 0, state: 'queued', step: 'queued' } as const;
  await OperationEvent.create(event, { transaction });
  await forgetOldOperations(database, operation.userId, transaction);
  await audit(database, { actor, action: `request_${request.kind}`, object: objectOf(operation), transaction });
  return operation;
}

/**
 * A user's hosting, whose row is locked until the transaction ends.
 * @throws NotFoundError when there is none
 */
export async function lockHosting(database: Database, userId: number, transaction: Transaction): Promise<Hosting> {
  const hosting = await database.models.Hosting.findByPk(userId, { transaction, lock: true });
  if (!hosting) throw new NotFoundError('HOSTING_NOT_FOUND');
  return hosting;
}

/** @throws HostingBusyError while another operation on the hosting is under way */
export function assertNotBusy({ status }: Hosting): void {
  if (status === 'creating' || status === 'updating' || status === 'deleting') throw new HostingBusyError();
}

/** Requests that come at the same moment all find the hosting free; the unique indexes then let only one of them through. */
export async function inOperationTransaction<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await database.transaction(work);
  } catch (error) {
    const constraint = brokenConstraint(error);
    if (constraint === 'hostings_pkey' || constraint === 'operations_one_open') throw new HostingBusyError();
    throw error;
  }
}

/** As {@link inOperationTransaction}, for what nobody waits for: another worker, or the user's own delete, may be faster. */
export async function inOperationTransactionUnlessBusy(
  database: Database,
  work: (transaction: Transaction) => Promise<unknown>,
): Promise<void> {
  await inOperationTransaction(database, work).catch((error: unknown) => {
    if (!(error instanceof HostingBusyError || error instanceof NotFoundError)) throw error;
  });
}
