import { uptime } from 'node:os';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { HostingStacks } from '../../stacks/hosting.ts';
import type { Logger } from '../logger.ts';
import type { HostingStatus } from '../models/hosting.ts';

export interface PowerWatch {
  database: Sequelize;
  stacks: Pick<HostingStacks, 'powered' | 'startFailed'>;
  logger: Logger;
}

/**
 * Corrects rows of machines that were switched on or off by somebody else: their own root, a crash, or the operator.
 * Those that should have started with the node and could not are started.
 * Hostings with an operation under way are left alone, and what was written since the look too.
 */
export async function watchPower({ database, stacks, logger }: PowerWatch): Promise<void> {
  // Rows are written with the milliseconds of Node, so one of this same millisecond may be younger than the look.
  const rows = await database.query<{ userId: number; status: HostingStatus; at: string }>(
    `SELECT user_id AS "userId", status, date_trunc('milliseconds', now())::text AS at FROM hostings WHERE status IN ('running', 'stopped')`,
    { type: QueryTypes.SELECT },
  );
  const [first] = rows;
  if (!first) return;
  const powered = await stacks.powered(rows.map(({ userId }) => userId));
  const wanted = rows.filter(({ userId, status }) => status === 'running' && !powered.includes(userId));
  const started = await stacks.startFailed(
    wanted.map(({ userId }) => userId),
    {
      onBusy: (error) => logger.warn({ err: error }, 'the rules of the node are being changed; trying again'),
      onFailed: (error) => logger.error({ err: error }, 'a machine does not start; it counts as stopped'),
    },
  );
  if (started.length > 0) logger.warn({ users: started }, 'started what libvirt could not start');
  const on = [...powered, ...started];
  const off = rows.map(({ userId }) => userId).filter((userId) => !on.includes(userId));
  const looked = 'updated_at < $2::timestamptz';
  const update = (sql: string, bind: unknown[]) => database.query(`UPDATE hostings SET ${sql}`, { bind });
  await update(
    `status = 'stopped', started_at = NULL, updated_at = now(),
       -- What a suspended user wanted is kept for the time after.
       powered = powered AND EXISTS (SELECT FROM users WHERE users.id = user_id AND suspended_at IS NOT NULL)
     WHERE status = 'running' AND user_id = ANY($1::int[]) AND ${looked}`,
    [off, first.at],
  );
  await update(
    `status = 'running', powered = true, started_at = now(), updated_at = now()
     WHERE status = 'stopped' AND user_id = ANY($1::int[]) AND ${looked}`,
    [on, first.at],
  );
  // After the node itself was started nobody saw them go off.
  await update(
    `started_at = now() - make_interval(secs => $3)
     WHERE status = 'running' AND user_id = ANY($1::int[]) AND ${looked}
       AND started_at < now() - make_interval(secs => $3)`,
    [on, first.at, uptime()],
  );
}
