import { fn, literal, QueryTypes } from 'sequelize';
import type { Operation, OperationKind } from '../../models/operation.ts';
import type { Database } from '../database.ts';

/** By the database's clock, which is the same for all workers. */
export const now = fn('now');
/** So many seconds from now; a negative number is in the past. */
export const secondsFromNow = (seconds: number) => literal(`now() + make_interval(secs => ${seconds})`);

/**
 * Claims the oldest operation of some kinds that is queued, or whose lease lapsed. Who asks at the same moment gets the next.
 * @returns undefined when there is none
 */
export async function claimOldest(
  database: Database,
  { worker, leaseSeconds, kinds }: { worker: string; leaseSeconds: number; kinds: readonly OperationKind[] },
): Promise<Operation | undefined> {
  const [operation] = await database.query(
    `UPDATE operations
     SET state = 'running', attempt = attempt + 1, worker = $1, started_at = coalesce(started_at, now()),
         lease_until = now() + make_interval(secs => $2)
     WHERE id = (
       SELECT id FROM operations
       WHERE (state = 'queued' OR (state = 'running' AND lease_until < now())) AND kind = ANY($3)
       ORDER BY created_at FOR UPDATE SKIP LOCKED LIMIT 1
     )
     RETURNING *`,
    {
      bind: [worker, leaseSeconds, [...kinds]],
      type: QueryTypes.SELECT,
      model: database.models.Operation,
      mapToModel: true,
    },
  );
  return operation;
}
