import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../../programs/run-command.ts';

const names = ['libvirtd', 'virtlogd', 'virtlockd'];
const stopTimeout = 10_000;

/** The daemons of libvirt that run on this machine, and those that have come since. */
export class NodeDaemons {
  readonly #before = new Set(running());

  /** Ends the daemons that were not there when this was made, unless something is on them: another has begun to use them. */
  async stopStarted(): Promise<void> {
    const started = running().filter((pid) => !this.#before.has(pid));
    if (started.length === 0 || (await inUse())) return;
    for (const pid of started) process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + stopTimeout;
    while (running().some((pid) => started.includes(pid))) {
      if (Date.now() > deadline) throw new Error(`These daemons do not end: ${started.join(', ')}`);
      await delay(50);
    }
  }
}

/** Whether a VM runs or a network is up. */
async function inUse(): Promise<boolean> {
  const list = (what: string) =>
    runCommand(['virsh', '-c', 'qemu:///system', what, '--name'], { timeout: stopTimeout });
  return (await Promise.all([list('list'), list('net-list')])).join('').trim() !== '';
}

function running(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && names.includes(nameOf(pid)) && isOurs(pid));
}

/** Not one of a container or of another machine within this one. */
function isOurs(pid: number): boolean {
  const namespace = (of: number | 'self') => readlinkSync(`/proc/${of}/ns/pid`);
  try {
    return namespace(pid) === namespace('self');
  } catch {
    // It ended while we looked.
    return false;
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // It ended while we looked.
    return '';
  }
}
