import { uptime } from 'node:os';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { HostingStacks } from '../../stacks/hosting.ts';
import { mayTryStart, requestStartOfFailed } from '../operations/power.ts';

interface Watched {
  userId: number;
  /** Whether it is to be on. */
  wanted: boolean;
  at: string;
}

// Rows have the milliseconds of Node: one of this same millisecond may have been written after the look.
const watched = `
  SELECT user_id AS "userId", date_trunc('milliseconds', now())::text AS at,
    status = 'running' AND powered AND suspended_at IS NULL AND deleted_at IS NULL AS wanted
  FROM hostings JOIN users ON users.id = user_id WHERE status IN ('running', 'stopped')`;

/**
 * Corrects rows of machines that were switched on or off by somebody else: their own root, a crash, or the operator. What
 * libvirt could not start with the node is asked for as an operation.
 * Hostings with an operation under way, and rows that were written after the look, are left alone.
 */
export async function reconcilePower(
  database: Sequelize,
  stacks: Pick<HostingStacks, 'powered' | 'failedToStart' | 'mayStart'>,
): Promise<void> {
  const rows = await database.query<Watched>(watched, { type: QueryTypes.SELECT });
  const [first] = rows;
  if (!first) return;
  const on = await stacks.powered(rows.map(({ userId }) => userId));
  const off = rows.filter(({ userId }) => !on.includes(userId));
  const failed = await stacks.failedToStart(off.filter(({ wanted }) => wanted).map(({ userId }) => userId));
  // Those whose start failed a moment ago are not tried again yet; their rows say that they are off.
  const unstarted = await mayTryStart(database, failed);
  const others = off.map(({ userId }) => userId).filter((userId) => !unstarted.includes(userId));
  await correctRows(database, { on, off: others, before: first.at });
  // Without the guard's word a start would fail, and its machine would count as switched off.
  if (unstarted.length === 0 || !(await stacks.mayStart())) return;
  for (const userId of unstarted) await requestStartOfFailed(database, userId);
}

/** Leaves out rows that were written after `before`. */
async function correctRows(
  database: Sequelize,
  { on, off, before }: { on: number[]; off: number[]; before: string },
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
    [on, before, uptime()],
  );
}
