import { uptime } from 'node:os';
import type { Database } from '../stores/database.ts';
import type { HostingStacks } from '../../stacks/hosting.ts';
import { requestStartOfFailed } from '../operations/power.ts';
import { requestSleep, requestWakeUnlessBusy } from '../operations/sleep.ts';
import { correctPower, mayTryStart, type WatchedHosting, watchedHostings } from '../stores/queries/power.ts';

type Stacks = Pick<HostingStacks, 'powered' | 'asleep' | 'failedToStart' | 'mayStart'>;

/**
 * Corrects rows of machines that were switched on or off by somebody else: their own root, a crash, or the operator. What
 * libvirt could not start with the node is asked for as an operation, and so is the rest of a sleep or a wake that somebody
 * else has begun.
 * Hostings with an operation under way, and rows that were written after the look, are left alone.
 */
export async function reconcilePower(database: Database, stacks: Stacks): Promise<void> {
  const rows = await watchedHostings(database);
  const [first] = rows;
  if (!first) return;
  const on = await stacks.powered(rows);
  const isOn = new Set(on);
  const off = rows.filter(({ userId, status }) => !isOn.has(userId) && status !== 'asleep');
  const wanted = off.filter((row) => row.wanted);
  const saved = await stacks.asleep(wanted);
  const isSaved = new Set(saved);
  const failed = await stacks.failedToStart(wanted.filter(({ userId }) => !isSaved.has(userId)));
  // Those whose start failed a moment ago are not tried again yet; their rows say that they are off.
  const unstarted = await mayTryStart(database, failed);
  const isUnstarted = new Set(unstarted);
  const others = idsOf(off).filter((userId) => !isUnstarted.has(userId) && !isSaved.has(userId));
  await correctPower(database, { on, off: others, before: first.at, nodeUptime: uptime() });
  for (const userId of saved) await requestSleep(database, userId, 'saved');
  const woken = rows.filter(({ userId, status }) => status === 'asleep' && isOn.has(userId));
  for (const userId of idsOf(woken)) await requestWakeUnlessBusy(database, userId);
  // Without the guard's word a start would fail, and its machine would count as switched off.
  if (unstarted.length === 0 || !(await stacks.mayStart())) return;
  for (const userId of unstarted) await requestStartOfFailed(database, userId);
}

const idsOf = (rows: WatchedHosting[]) => rows.map(({ userId }) => userId);
