import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { audit, onBehalfOf } from '../audit.ts';
import { Operation, OperationEvent, type OperationFailure, type OperationStep } from '../models/operation.ts';

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
 * Takes the oldest operation that is queued, or whose worker let its claim lapse. Who asks at the same moment gets the next.
 * @param id looks at this one only
 * @returns null when there is none
 */
export async function claimNext(database: Sequelize, worker: string, id: string | null = null): Promise<Claim | null> {
  const askedAt = performance.now();
  const [operation] = await database.query(
    `UPDATE operations
     SET state = 'running', attempt = attempt + 1, worker = $1, started_at = coalesce(started_at, now()),
         lease_until = now() + make_interval(secs => $2)
     WHERE id = (
       SELECT id FROM operations
       WHERE (state = 'queued' OR (state = 'running' AND lease_until < now())) AND ($3::uuid IS NULL OR id = $3)
       ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1
     )
     RETURNING *`,
    { bind: [worker, leaseSeconds, id], type: QueryTypes.SELECT, model: Operation, mapToModel: true },
  );
  return operation ? { operation, attempt: operation.attempt, askedAt } : null;
}

/** Prolongs a claim. @throws ClaimLostError */
export async function renewClaim(database: Sequelize, claim: Claim): Promise<void> {
  await update(database, claim, `lease_until = now() + make_interval(secs => ${leaseSeconds})`);
}

/** Makes sure that a claim still holds, for what is written in the same transaction. @throws ClaimLostError */
export async function requireClaim(database: Sequelize, claim: Claim, transaction: Transaction): Promise<void> {
  await update(database, claim, 'step = step', [], transaction);
}

/** Gives a claim back at once, for another worker to take the operation up. @throws ClaimLostError */
export async function releaseClaim(database: Sequelize, claim: Claim): Promise<void> {
  await update(database, claim, "lease_until = now() - interval '1 second'");
}

/** Writes down that an operation reached a step. @throws ClaimLostError */
export async function recordStep(database: Sequelize, claim: Claim, step: OperationStep): Promise<void> {
  await database.transaction(async (transaction) => {
    await update(database, claim, 'step = $3', [step], transaction);
    await recordEvent(claim, 'running', step, transaction);
  });
}

/**
 * Ends an operation, together with what its end means for the hosting.
 * @throws ClaimLostError
 */
export async function endOperation(
  database: Sequelize,
  claim: Claim,
  end: {
    state: 'succeeded' | 'failed';
    error?: OperationFailure;
    effect: (transaction: Transaction) => Promise<unknown>;
  },
): Promise<void> {
  await database.transaction(async (transaction) => {
    const succeeded = end.state === 'succeeded';
    await update(
      database,
      claim,
      `state = $3, error = $4::jsonb, step = CASE WHEN $5 THEN 'done' ELSE step END, ended_at = now(), lease_until = NULL`,
      [end.state, end.error ? asJsonb(end.error) : null, succeeded],
      transaction,
    );
    await end.effect(transaction);
    const { step } = await Operation.findByPk(claim.operation.id, { transaction, rejectOnEmpty: true });
    await recordEvent(claim, end.state, step, transaction);
    const { userId, kind } = claim.operation;
    const entry = { action: `end_${kind}`, object: `hosting ${userId}`, outcome: end.error?.code } as const;
    await audit({ actor: onBehalfOf(userId), ...entry, transaction });
  });
}

/** What a guest wrote to its console is in it; of all characters PostgreSQL takes no NUL, and half ones of UTF-16. */
function asJsonb(error: OperationFailure): string {
  return JSON.stringify(error, (_, value: unknown) =>
    typeof value === 'string' ? value.replaceAll('\0', '').toWellFormed() : value,
  );
}

function recordEvent(claim: Claim, state: Operation['state'], step: OperationStep, transaction: Transaction) {
  const { operation, attempt } = claim;
  return OperationEvent.create({ operationId: operation.id, attempt, state, step }, { transaction });
}

async function update(
  database: Sequelize,
  claim: Claim,
  assignments: string,
  bind: unknown[] = [],
  transaction?: Transaction,
) {
  const [row] = await database.query(
    `UPDATE operations SET ${assignments} WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING id`,
    { bind: [claim.operation.id, claim.attempt, ...bind], type: QueryTypes.SELECT, transaction: transaction ?? null },
  );
  if (!row) throw new ClaimLostError(claim);
}
