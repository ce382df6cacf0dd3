import { fn, literal, QueryTypes } from 'sequelize';
import type { Operation, OperationKind } from '../../models/operation.ts';
import type { Database } from '../database.ts';

/** By the database's clock, which is the same for all workers. */
export const now = fn('now');
/** So many seconds from now; a negative number is in the past. */
export const secondsFromNow = (seconds: number) => literal(`now() + make_interval(secs => ${seconds})`);

/** Deaths of workers after which an operation may be what kills them, and is carried out beside no other. */
const deathsUntilAlone = 2;

/** Whether an operation is to be carried out beside no other of its process. */
export const isSuspect = ({ deaths }: Pick<Operation, 'deaths'>): boolean => deaths >= deathsUntilAlone;

const free = `(state = 'queued' OR (state = 'running' AND (lease_until IS NULL OR lease_until < now())))`;
/** With the death that a lease tells of which lapsed; one that was given back has none. */
const deaths = `(deaths + (state = 'running' AND lease_until IS NOT NULL)::integer)`;
const suspect = `${deaths} >= ${deathsUntilAlone}`;

/**
 * Claims the oldest operation of some kinds that is queued, was given back, or whose lease lapsed; those on spare machines come
 * after all others. Who asks at the same moment gets the next. While one is free that may be what kills workers, nothing else is
 * taken, so that each comes to do nothing, and may take that.
 * @param options.isIdle whether the worker has nothing else in hand
 * @returns undefined when there is none
 */
export async function claimOldest(
  database: Database,
  options: { worker: string; leaseSeconds: number; kinds: readonly OperationKind[]; isIdle: boolean },
): Promise<Operation | undefined> {
  const { worker, leaseSeconds, kinds, isIdle } = options;
  const [operation] = await database.query(
    `UPDATE operations
     SET state = 'running', attempt = attempt + 1, deaths = ${deaths}, worker = $1, started_at = coalesce(started_at, now()),
         lease_until = now() + make_interval(secs => $2)
     WHERE id = (
       SELECT id FROM operations
       WHERE ${free} AND kind = ANY($3)
         AND (($4 AND ${suspect}) OR NOT EXISTS (SELECT FROM operations WHERE ${free} AND ${suspect}))
       ORDER BY user_id IS NULL, created_at FOR UPDATE SKIP LOCKED LIMIT 1
     )
     RETURNING *`,
    {
      bind: [worker, leaseSeconds, [...kinds], isIdle],
      type: QueryTypes.SELECT,
      model: database.models.Operation,
      mapToModel: true,
    },
  );
  return operation;
}
