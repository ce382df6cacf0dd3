import { freemem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { OwnInstallation } from './hosting.ts';
import { type Comparison, p95 } from './tables.ts';
import type { BenchUser } from './user.ts';

/** MiB that a machine takes after its first boot without KVM, at most. */
const memoryOfMachine = 750;
/** Milliseconds between two looks of a user at their hosting, and for how long one looks while nothing else is done. */
const interval = 100;
const idleTime = 10_000;

const say = (text: string) => console.error(`bench: ${text}`);

/**
 * Has many users create their hostings at once, as many as the memory has room for, while another looks at theirs.
 * @param options.cold seconds of one create alone
 */
export async function measureCrowd(
  { makeUser, untilSpares }: OwnInstallation,
  options: { wanted: number; cold: number; key: string; signal: AbortSignal },
): Promise<Comparison[]> {
  const { wanted, cold, key, signal } = options;
  const count = Math.min(wanted, Math.floor(freemem() / 2 ** 20 / memoryOfMachine));
  if (count < 2) throw new Error('There is no memory for two machines at once.');
  const users = [];
  while (users.length < count) users.push(await makeUser());
  const looker = await makeUser();
  await looker.create(key, signal);
  say('waiting for spare machines');
  await untilSpares(signal);
  say('looking at a hosting while nothing else is done');
  const idle = await lookUntil(looker, delay(idleTime, undefined, { signal }), signal);
  say(`${count} creates at once`);
  const creating = Promise.all(users.map((user) => user.create(key, signal)));
  const busy = await lookUntil(looker, creating, signal);
  const last = Math.max(...(await creating));
  say('deleting them');
  await Promise.all([looker, ...users].map((user) => user.remove(signal)));
  return [
    {
      what: `${count} creates at once, the last answer`,
      of: `${count} × one create`,
      ours: last,
      baseline: count * cold,
      unit: 's',
      target: { is: 'at most', ratio: 0.5 },
    },
    {
      what: '`GET /host/my` meanwhile, p95',
      of: 'while nothing else is done',
      ours: p95(busy) * 1_000,
      baseline: p95(idle) * 1_000,
      unit: 'ms',
      target: { is: 'at most', ratio: 2 },
    },
  ];
}

/** Seconds of each look of a user at their hosting, until something has ended. */
async function lookUntil(user: BenchUser, end: Promise<unknown>, signal: AbortSignal): Promise<number[]> {
  let ended = false;
  const noted = end.finally(() => (ended = true));
  // Whoever waits for it hears of a failure.
  noted.catch(() => undefined);
  const times: number[] = [];
  while (!ended) {
    times.push(await user.look(signal));
    await delay(interval, undefined, { signal });
  }
  await noted;
  return times;
}
