import type { Database } from '../database.ts';
import { select } from './select.ts';

/** One short text for each user, which differs when anything that pages show does. Sessions too: a page ends with its own. */
export function pageMarks(database: Database, userIds: number[]): Promise<{ id: number; mark: string }[]> {
  const sql = `WITH open AS (
      SELECT id, row_number() OVER (ORDER BY created_at) AS place FROM operations WHERE state IN ('queued', 'running')
    )
    SELECT users.id, md5(concat_ws('|',
      hostings.status, hostings.updated_at, latest.id, latest.state, latest.step, latest.attempt,
      -- Far from its turn not each step forward counts.
      CASE WHEN latest.state = 'queued' THEN CASE WHEN open.place <= 10 THEN open.place ELSE open.place / 10 * 10 END END,
      (SELECT string_agg(ssh_keys.id || ssh_keys.state, ',' ORDER BY ssh_keys.id) FROM ssh_keys WHERE ssh_keys.user_id = users.id),
      (SELECT string_agg(concat_ws(' ', domains.id, domains.state, domains.checked_at, domains.next_check_at), ',' ORDER BY domains.id)
        FROM domains WHERE domains.user_id = users.id),
      (SELECT string_agg(concat_ws(' ', host, not_after, failures, problem_code, next_attempt_at, unwanted_since), ',' ORDER BY host)
        FROM certificates WHERE certificates.user_id = users.id),
      (SELECT string_agg(sessions.id::text, ',' ORDER BY sessions.id) FROM sessions WHERE sessions.user_id = users.id)
    )) AS mark
    FROM users
    LEFT JOIN hostings ON hostings.user_id = users.id
    LEFT JOIN LATERAL (
      SELECT id, state, step, attempt, created_at FROM operations WHERE operations.user_id = users.id ORDER BY created_at DESC LIMIT 1
    ) latest ON true
    LEFT JOIN open ON open.id = latest.id
    WHERE users.id = ANY($1)`;
  return select(database, sql, [userIds]);
}
