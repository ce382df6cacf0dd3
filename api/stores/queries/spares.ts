import { type Spare, type SpareState, spareStates } from '../../models/spare.ts';
import type { Database, Transaction } from '../database.ts';
import { select } from './select.ts';

export type ClaimedSpare = Pick<Spare, 'machineId' | 'vmIp' | 'sshPort' | 'instanceId' | 'randomSeed'>;

/**
 * Takes the oldest spare machine that is ready, for a hosting that is written in the same transaction. Who asks at the same
 * moment gets another.
 * @returns undefined when there is none
 */
export async function takeSpare(database: Database, transaction: Transaction): Promise<ClaimedSpare | undefined> {
  const sql = `UPDATE spares SET state = 'claimed', updated_at = now()
    WHERE machine_id = (SELECT machine_id FROM spares WHERE state = 'asleep' ORDER BY machine_id FOR UPDATE SKIP LOCKED LIMIT 1)
    RETURNING machine_id AS "machineId", host(vm_ip) AS "vmIp", ssh_port AS "sshPort", instance_id AS "instanceId",
      random_seed AS "randomSeed"`;
  const [spare] = await select<ClaimedSpare>(database, sql, [], transaction);
  return spare;
}

/** Seconds of which the creates tell how many spare machines are wanted. */
const demandSeconds = 3_600;
/** Seconds until the next is prepared after one that failed: what stands in the way mostly takes an operator. */
const pauseAfterFailure = 600;

export interface SpareDemand {
  /** Spare machines that are ready, or being made so. */
  there: number;
  /** Hostings that were asked for of late. */
  creates: number;
  /** Whether an operation waits or is under way, or the latest spare machine could not be prepared a moment ago. */
  isBusy: boolean;
}

/** What tells whether another spare machine is to be prepared. */
export async function spareDemand(database: Database, transaction: Transaction): Promise<SpareDemand> {
  const sql = `SELECT
      (SELECT count(*)::int FROM spares WHERE state IN ('preparing', 'asleep')) AS there,
      (SELECT count(*)::int FROM operations WHERE kind = 'create' AND created_at > now() - make_interval(secs => ${demandSeconds}))
        AS creates,
      EXISTS (SELECT FROM operations WHERE state IN ('queued', 'running')) OR EXISTS (
        SELECT FROM (SELECT state, ended_at FROM operations WHERE kind = 'prepare' AND user_id IS NULL ORDER BY created_at DESC LIMIT 1) AS latest
        WHERE state = 'failed' AND ended_at > now() - make_interval(secs => ${pauseAfterFailure})
      ) AS "isBusy"`;
  const [demand] = await select<SpareDemand>(database, sql, [], transaction);
  return demand ?? { there: 0, creates: 0, isBusy: true };
}

/** Seconds after which a spare machine is replaced: what it knows of the world grows old. */
const oldestSeconds = 7 * 24 * 3_600;
/** Seconds until the next attempt to take one away. */
const pauseBetweenDiscards = 600;

/**
 * Spare machines that are to be taken away, or of which something is, and nothing is done with yet: of another image, port or
 * network than they would have now, too old, without saved memory, too many, left by a prepare that failed, or adopted, which leaves
 * traces.
 */
export async function sparesToDiscard(
  database: Database,
  facts: { image: string; network: string; firstPort: number; lastPort: number; unsaved: number[]; most: number },
  transaction: Transaction,
): Promise<Pick<Spare, 'machineId' | 'state'>[]> {
  const sql = `SELECT machine_id AS "machineId", state FROM (SELECT *, row_number() OVER (PARTITION BY state ORDER BY machine_id) AS place FROM spares) AS spares
    WHERE NOT EXISTS (
        SELECT FROM operations WHERE operations.machine_id = spares.machine_id AND (
          operations.state IN ('queued', 'running') OR kind = 'discard' AND ended_at > now() - make_interval(secs => ${pauseBetweenDiscards})
        )
      )
      AND CASE spares.state
        WHEN 'asleep' THEN image IS DISTINCT FROM $1 OR ssh_port NOT BETWEEN $2 AND $3 OR machine_id = ANY($4::int[]) OR place > $5
          OR NOT vm_ip << $6::inet
          OR created_at < now() - make_interval(secs => ${oldestSeconds})
        WHEN 'claimed' THEN NOT EXISTS (SELECT FROM hostings WHERE hostings.machine_id = spares.machine_id)
        ELSE true
      END
    ORDER BY machine_id`;
  const { image, firstPort, lastPort, unsaved, most, network } = facts;
  return select(database, sql, [image, firstPort, lastPort, unsaved, most, network], transaction);
}

/** Whether the latest spare machine could not be prepared, within the hour: later nobody may want any. */
export async function hasFailedToPrepare(database: Database): Promise<boolean> {
  const sql = `SELECT state = 'failed' AND ended_at > now() - interval '1 hour' AS failed FROM operations
    WHERE kind = 'prepare' AND user_id IS NULL AND state IN ('succeeded', 'failed') ORDER BY created_at DESC LIMIT 1`;
  const [latest] = await select<{ failed: boolean }>(database, sql);
  return latest?.failed ?? false;
}

/** How many spare machines are in each state; 0 is told too. */
export async function countSpares(database: Database): Promise<Record<SpareState, number>> {
  const sql = 'SELECT state, count(*)::int AS count FROM spares GROUP BY state';
  const rows = await select<{ state: SpareState; count: number }>(database, sql);
  const counts = new Map(rows.map(({ state, count }) => [state, count]));
  return Object.fromEntries(spareStates.map((state) => [state, counts.get(state) ?? 0])) as Record<SpareState, number>;
}
