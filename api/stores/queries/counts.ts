import type { Database } from '../database.ts';
import type { HostingStatus } from '../../models/hosting.ts';
import { select } from './select.ts';

/** How many hostings there are in each state. */
export async function countHostings(database: Database): Promise<Partial<Record<HostingStatus, number>>> {
  const sql = 'SELECT status, count(*)::int AS count FROM hostings GROUP BY status';
  const rows = await select<{ status: HostingStatus; count: number }>(database, sql);
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

/** How many operations wait for their turn, and how many are under way. */
export async function countOpenOperations(database: Database): Promise<{ queued: number; running: number }> {
  const sql = `SELECT count(*) FILTER (WHERE state = 'queued')::int AS queued, count(*) FILTER (WHERE state = 'running')::int AS running
    FROM operations WHERE state IN ('queued', 'running')`;
  const [counts] = await select<{ queued: number; running: number }>(database, sql);
  return counts ?? { queued: 0, running: 0 };
}
