// Users whose hosting is not what it should be, without an operation that changes it.
import type { Database } from '../database.ts';
import { selectUserIds } from './select.ts';

/** Whose hosting is `failed` since ten minutes ago, while they cannot ask for its deletion: deleted or suspended. */
export function usersWithForsakenHosting(database: Database): Promise<number[]> {
  const sql = `SELECT user_id FROM hostings JOIN users ON users.id = user_id
    WHERE (deleted_at IS NOT NULL OR suspended_at IS NOT NULL) AND status = 'failed' AND hostings.updated_at < now() - interval '10 minutes'`;
  return selectUserIds(database, sql);
}

/** Whose hosting is open though they are suspended, or closed though they are not; not within a minute of a failure, and after ten. */
export function usersAgainstSuspension(database: Database): Promise<number[]> {
  // Only of those few that may be meant are operations looked for.
  const sql = `WITH candidates AS MATERIALIZED (
      SELECT user_id, status, powered, suspended_at FROM hostings JOIN users ON users.id = user_id
      WHERE deleted_at IS NULL AND hostings.updated_at < now() - interval '10 seconds'
        AND ((suspended_at IS NOT NULL AND status IN ('running', 'asleep', 'stopped', 'suspended'))
          OR (suspended_at IS NULL AND (status = 'suspended' OR (status = 'stopped' AND powered))))
    )
    SELECT candidates.user_id FROM candidates
    LEFT JOIN LATERAL (SELECT kind FROM operations WHERE operations.user_id = candidates.user_id
      AND kind IN ('suspend', 'resume') ORDER BY created_at DESC LIMIT 1) AS latest ON true
    LEFT JOIN LATERAL (SELECT max(ended_at) AS last, count(*) FROM operations WHERE operations.user_id = candidates.user_id
      AND kind IN ('suspend', 'resume') AND state = 'failed' AND ended_at > now() - interval '1 hour') AS failures ON true
    WHERE (suspended_at IS NULL OR status <> 'suspended' OR latest.kind = 'resume')
      AND coalesce(failures.last < now() - interval '1 minute' AND failures.count < 10, true)`;
  return selectUserIds(database, sql);
}

/**
 * Whose route was made for another host than theirs, or an earlier revision; not within ten minutes of a failure.
 * @param domain below which sites have their hosts; empty where they have none
 */
export function usersWithFormerRoute(database: Database, domain: string): Promise<number[]> {
  const sql = `SELECT hostings.user_id FROM hostings JOIN users ON users.id = hostings.user_id
    WHERE deleted_at IS NULL AND status IN ('running', 'asleep', 'stopped', 'suspended')
      AND (routed_host IS DISTINCT FROM CASE WHEN $1 = '' THEN '' ELSE site_name || '.' || $1 END
        OR routed_revision <> route_revision)
      AND NOT EXISTS (SELECT FROM operations WHERE operations.user_id = hostings.user_id AND (state IN ('queued', 'running')
        OR (kind = 'route' AND state = 'failed' AND ended_at > now() - interval '10 minutes')))`;
  return selectUserIds(database, sql, [domain]);
}
