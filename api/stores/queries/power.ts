import type { Database } from '../database.ts';
import { select, selectUserIds } from './select.ts';

/** A hosting whose machine may be on or off without an operation. */
export interface WatchedHosting {
  userId: number;
  machineId: number;
  status: 'running' | 'asleep' | 'stopped';
  /** Whether the machine is to be on. */
  wanted: boolean;
  /** When the database looked, as it writes times. */
  at: string;
}

/** The hostings that {@link correctPower} may be right about: no operation is under way. */
export function watchedHostings(database: Database): Promise<WatchedHosting[]> {
  // Rows have the milliseconds of Node: one of this same millisecond may have been written after the look.
  const sql = `SELECT user_id AS "userId", machine_id AS "machineId", status, date_trunc('milliseconds', now())::text AS at,
      status = 'running' AND powered AND suspended_at IS NULL AND deleted_at IS NULL AS wanted
    FROM hostings JOIN users ON users.id = user_id WHERE status IN ('running', 'asleep', 'stopped')`;
  return select(database, sql);
}

/**
 * Writes down which users' machines are on and off, but for rows that were written after `before`.
 * @param nodeUptime seconds for which no machine can have been on longer
 */
export async function correctPower(
  database: Database,
  { on, off, before, nodeUptime }: { on: number[]; off: number[]; before: string; nodeUptime: number },
): Promise<void> {
  const looked = 'updated_at < $2::timestamptz';
  const update = (sql: string, bind: unknown[]) => database.query(`UPDATE hostings SET ${sql}`, { bind });
  await update(
    `status = 'stopped', started_at = NULL, updated_at = now(),
       -- What a suspended user wanted is kept for the time after.
       powered = powered AND EXISTS (SELECT FROM users WHERE users.id = user_id AND suspended_at IS NOT NULL)
     WHERE status = 'running' AND user_id = ANY($1::int[]) AND ${looked}`,
    [off, before],
  );
  await update(
    `status = 'running', powered = true, started_at = now(), updated_at = now()
     WHERE status = 'stopped' AND user_id = ANY($1::int[]) AND ${looked}`,
    [on, before],
  );
  // Where the node itself was restarted nobody saw the machines go off.
  await update(
    `started_at = now() - make_interval(secs => $3)
     WHERE status = 'running' AND user_id = ANY($1::int[]) AND ${looked}
       AND started_at < now() - make_interval(secs => $3)`,
    [on, before, nodeUptime],
  );
}

/**
 * Of the users whose machines libvirt could not start, those for whom a start may be tried now. After a start that failed the
 * next waits for a minute, and after each further one within an hour for twice as long: what stands in the way mostly takes
 * an operator.
 */
export function mayTryStart(database: Database, userIds: number[]): Promise<number[]> {
  const sql = `SELECT asked.user_id FROM unnest($1::int[]) AS asked (user_id), LATERAL (
      SELECT max(ended_at) AS last, count(*)::int AS count FROM operations WHERE operations.user_id = asked.user_id
        AND kind = 'start' AND state = 'failed' AND ended_at > now() - interval '1 hour'
        AND NOT EXISTS (SELECT FROM operations AS later WHERE later.user_id = operations.user_id AND later.state = 'succeeded'
          AND later.kind IN ('start', 'restart', 'resume', 'create') AND later.ended_at > operations.ended_at)
    ) AS failures
    WHERE coalesce(failures.last < now() - interval '1 minute' * power(2, failures.count - 1), true)`;
  return selectUserIds(database, sql, [userIds]);
}
