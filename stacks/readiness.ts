import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { machineNames } from '../programs/names.ts';
import type { Checks } from './checks.ts';
import { stopIfAsked, VmNotReadyError } from './errors.ts';
import type { MachinePlace } from './machine-place.ts';

/** Milliseconds between two looks, which cost the proxy nothing beside a boot of seconds. */
const interval = 50;
/** Milliseconds between two looks whether the VM still runs, each of which is a process. */
const runningInterval = 2_000;
/** Milliseconds for one look. On a busy host a guest's sshd takes seconds to greet; cutting it off only makes it start anew. */
const answerTimeout = 10_000;

export interface Target {
  userId: number;
  machineId: number;
  sshPort: number;
}

interface Watch<Step> {
  signal: AbortSignal;
  onStep: (step: Step) => void;
}

/**
 * Waits until the site answers 200 through the proxy and an SSH server greets on its port.
 * @throws VmNotReadyError with the step and the console's last lines, when that takes too long or the VM stops.
 */
export async function proveReady(
  place: MachinePlace,
  checks: Checks,
  target: Target,
  { signal, onStep }: Watch<'web' | 'ssh'>,
): Promise<void> {
  const limit = { deadline: Date.now() + checks.bootTimeout * 1_000, signal };
  const looks = looksAt(checks, target);
  for (const step of ['web', 'ssh'] as const) {
    onStep(step);
    await until(place, checks, target, { ...limit, step, look: looks[step] });
  }
}

/**
 * Waits until the machine of a user answers in any way: by then its user has made of it what they wish, and the page need
 * not be there, nor SSH.
 * @throws VmNotReadyError as {@link proveReady} does
 */
export async function proveAnswering(
  place: MachinePlace,
  checks: Checks,
  target: Target,
  { signal, onStep }: Watch<'answer'>,
): Promise<void> {
  const deadline = Date.now() + checks.bootTimeout * 1_000;
  const { ssh, anyPage } = looksAt(checks, target);
  onStep('answer');
  const look = async () => (await anyPage()) || (await ssh());
  await until(place, checks, target, { deadline, signal, step: 'answer', look });
}

interface Wait {
  deadline: number;
  signal: AbortSignal;
  step: string;
  look: () => Promise<boolean>;
}

async function until(
  place: MachinePlace,
  { bootTimeout }: Checks,
  { machineId }: Target,
  { deadline, signal, step, look }: Wait,
): Promise<void> {
  let lookedWhether = Date.now();
  while (!(await look())) {
    stopIfAsked(signal);
    if (Date.now() > deadline)
      throw await notReady(place, machineId, `did not answer (${step}) within ${bootTimeout} s`);
    if (Date.now() - lookedWhether > runningInterval) {
      if (!(await place.isRunning(machineId))) throw await notReady(place, machineId, 'stopped while it was booting');
      lookedWhether = Date.now();
    }
    await delay(interval);
  }
}

function looksAt({ proxyUrl }: Checks, { userId, sshPort }: Target) {
  const page = new URL(`/${userId}/`, proxyUrl);
  return {
    web: async () => (await statusOf(page)) === 200,
    // The proxy's own words for a VM that does not answer.
    anyPage: async () => ![null, 502, 504].includes(await statusOf(page)),
    ssh: () => sshGreets(page.hostname, sshPort),
  };
}

/** Null where nothing answers. */
async function statusOf(url: URL): Promise<number | null> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(answerTimeout) });
    await response.body?.cancel();
    return response.status;
  } catch {
    // Not yet: the caller looks again until its deadline.
    return null;
  }
}

async function sshGreets(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    const signal = AbortSignal.timeout(answerTimeout);
    // The proxy accepts at once, and closes when the guest does not.
    const closed = once(socket, 'close', { signal }).then(() => Promise.reject(new Error('closed without a greeting')));
    const [greeting] = (await Promise.race([once(socket, 'data', { signal }), closed])) as [Buffer];
    return greeting.toString('latin1').startsWith('SSH-2.0-');
  } catch {
    // Not yet: the caller looks again until its deadline.
    return false;
  } finally {
    socket.destroy();
  }
}

async function notReady(place: MachinePlace, machineId: number, what: string): Promise<VmNotReadyError> {
  const console = await place.lastLines(machineId);
  return new VmNotReadyError({ message: `The machine ${machineNames(machineId).vmId} ${what}.`, console });
}
