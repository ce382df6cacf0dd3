import type { Database, Transaction } from '../stores/database.ts';
import { audit, onBehalfOf, systemActor } from '../audit.ts';
import {
  objectOf,
  type Operation,
  type OperationFailure,
  type OperationKind,
  operationKinds,
  type OperationStep,
} from '../models/operation.ts';
import { claimOldest, now, secondsFromNow } from '../stores/queries/claims.ts';

/** Seconds that a claim holds without being renewed. Others may take the operation up after that. */
export const leaseSeconds = 20;

/** A worker's right to carry out an operation. `attempt` is the fencing token: every write asks for it. */
export interface Claim {
  operation: Operation;
  attempt: number;
  /** When it was asked for, by `performance.now()`: the lease runs from no earlier than this. */
  askedAt: number;
}

/** The operation was given to another worker: whatever this one still wants to write must not happen. */
export class ClaimLostError extends Error {
  override name = 'ClaimLostError';

  constructor(claim: Claim) {
    super(`Attempt ${claim.attempt} of operation ${claim.operation.id} is no longer the current one.`);
  }
}

/**
 * Takes the oldest operation of some kinds that is queued, or whose worker let its claim lapse. Who asks at the same moment
 * gets the next.
 * @param wanted.isIdle whether the worker has nothing else in hand: what may be killing workers is taken by such alone
 * @returns null when there is none
 */
export async function claimNext(
  database: Database,
  worker: string,
  { kinds = operationKinds, isIdle = true }: { kinds?: readonly OperationKind[]; isIdle?: boolean } = {},
): Promise<Claim | null> {
  const askedAt = performance.now();
  const operation = await claimOldest(database, { worker, leaseSeconds, kinds, isIdle });
  return operation ? { operation, attempt: operation.attempt, askedAt } : null;
}

/** Prolongs a claim. @throws ClaimLostError */
export async function renewClaim(database: Database, claim: Claim): Promise<void> {
  await update(database, claim, { leaseUntil: secondsFromNow(leaseSeconds) });
}

/** Makes sure that a claim still holds, for what is written in the same transaction. @throws ClaimLostError */
export async function requireClaim(database: Database, claim: Claim, transaction: Transaction): Promise<void> {
  await update(database, claim, { attempt: claim.attempt }, transaction);
}

/** Writes down that an operation may have the memory of a whole machine, until it ends. @throws ClaimLostError */
export async function noteAdmitted(database: Database, claim: Claim, transaction: Transaction): Promise<void> {
  await update(database, claim, { admittedAt: now }, transaction);
}

/** Gives a claim back at once, for another worker to take the operation up; no lease lapses, so nobody died. @throws ClaimLostError */
export async function releaseClaim(database: Database, claim: Claim): Promise<void> {
  await update(database, claim, { leaseUntil: null });
}

/** Writes down that an operation reached a step. @throws ClaimLostError */
export async function recordStep(database: Database, claim: Claim, step: OperationStep): Promise<void> {
  await database.transaction(async (transaction) => {
    await update(database, claim, { step }, transaction);
    await recordEvent(database, claim, { state: 'running', step }, transaction);
  });
}

/**
 * Ends an operation, together with what its end means for the hosting.
 * @throws ClaimLostError
 */
export async function endOperation(
  database: Database,
  claim: Claim,
  end: {
    state: 'succeeded' | 'failed';
    error?: OperationFailure;
    effect: (transaction: Transaction) => Promise<unknown>;
  },
): Promise<void> {
  await database.transaction(async (transaction) => {
    const { state } = end;
    const how = {
      ...(end.error && { error: storable(end.error) }),
      ...(state === 'succeeded' && { step: 'done' as const }),
    };
    await update(database, claim, { state, ...how, endedAt: now, leaseUntil: null }, transaction);
    await end.effect(transaction);
    const { step } = await database.models.Operation.findByPk(claim.operation.id, { transaction, rejectOnEmpty: true });
    await recordEvent(database, claim, { state, step }, transaction);
    const { userId, kind } = claim.operation;
    const actor = userId === null ? systemActor : onBehalfOf(userId);
    const entry = { action: `end_${kind}`, object: objectOf(claim.operation), outcome: end.error?.code } as const;
    await audit(database, { actor, ...entry, transaction });
  });
}

function recordEvent(
  database: Database,
  { operation: { id: operationId }, attempt }: Claim,
  reached: Pick<Operation, 'state' | 'step'>,
  transaction: Transaction,
) {
  return database.models.OperationEvent.create({ operationId, attempt, ...reached }, { transaction });
}

/** What a guest wrote to its console is in it; of all characters PostgreSQL takes no NUL, and half ones of UTF-16. */
function storable(error: OperationFailure): OperationFailure {
  return JSON.parse(JSON.stringify(error), (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  ) as OperationFailure;
}

type Changes = Parameters<Database['models']['Operation']['update']>[0];

async function update(database: Database, claim: Claim, changes: Changes, transaction: Transaction | null = null) {
  const where = { id: claim.operation.id, attempt: claim.attempt, state: 'running' } as const;
  const [held] = await database.models.Operation.update(changes, { where, transaction });
  if (held === 0) throw new ClaimLostError(claim);
}
