import { uptime } from 'node:os';
import type { Database } from '../stores/database.ts';
import type { HostingStacks } from '../../stacks/hosting.ts';
import { requestStartOfFailed } from '../operations/power.ts';
import { correctPower, mayTryStart, watchedHostings } from '../stores/queries/power.ts';

/**
 * Corrects rows of machines that were switched on or off by somebody else: their own root, a crash, or the operator. What
 * libvirt could not start with the node is asked for as an operation.
 * Hostings with an operation under way, and rows that were written after the look, are left alone.
 */
export async function reconcilePower(
  database: Database,
  stacks: Pick<HostingStacks, 'powered' | 'failedToStart' | 'mayStart'>,
): Promise<void> {
  const rows = await watchedHostings(database);
  const [first] = rows;
  if (!first) return;
  const on = await stacks.powered(rows);
  const isOn = new Set(on);
  const off = rows.filter(({ userId }) => !isOn.has(userId));
  const failed = await stacks.failedToStart(off.filter(({ wanted }) => wanted));
  // Those whose start failed a moment ago are not tried again yet; their rows say that they are off.
  const unstarted = await mayTryStart(database, failed);
  const isUnstarted = new Set(unstarted);
  const others = off.map(({ userId }) => userId).filter((userId) => !isUnstarted.has(userId));
  await correctPower(database, { on, off: others, before: first.at, nodeUptime: uptime() });
  // Without the guard's word a start would fail, and its machine would count as switched off.
  if (unstarted.length === 0 || !(await stacks.mayStart())) return;
  for (const userId of unstarted) await requestStartOfFailed(database, userId);
}
