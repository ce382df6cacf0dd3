import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '../../stacks/libvirt/power.ts';
import { virsh } from '../../stacks/libvirt/virsh.ts';

/** KiB that a guest keeps free beside what it needs, and has in all at least. */
const spare = 64 * 1_024;
const least = 192 * 1_024;
/** Milliseconds between two looks at what a guest says, until it has said something, and for giving memory back. */
const interval = 200;
const patience = 3_000;
const longest = 10_000;

/** What libvirt tells of a guest's memory, in KiB; what its balloon's driver says, or does not, is that of its root. */
interface Told {
  /** What the guest has now. */
  actual: number;
  /** Of it, what it could use without swapping; NaN where it has never said. */
  usable: number;
  /** When the guest said so, in seconds since 1970. */
  at: number;
}

/**
 * Has a running guest give back the memory that it does not need, files that it has read before all: what is given back is not
 * saved and not resumed. A guest that gives nothing stays as it is.
 * @throws LibvirtUnavailableError
 */
export async function squeeze({ libvirtUri: uri, vmId }: Machine): Promise<void> {
  const begun = Math.ceil(Date.now() / 1_000);
  await virsh(uri, 'dommemstat', vmId, '--period', '1', '--live');
  const told = await look({ libvirtUri: uri, vmId }, ({ at }) => at >= begun, patience);
  await virsh(uri, 'dommemstat', vmId, '--period', '0', '--live');
  if (!(told.at >= begun)) return;
  const target = Math.max(told.actual - told.usable + spare, least);
  if (target >= told.actual) return;
  await virsh(uri, 'setmem', vmId, `${target}KiB`, '--live');
  await look({ libvirtUri: uri, vmId }, ({ actual }) => actual <= target, longest);
}

/** Gives a running guest all of its memory back. @throws LibvirtUnavailableError */
export async function release({ libvirtUri: uri, vmId }: Machine): Promise<void> {
  const most = /^Max memory: +(\d+) KiB$/m.exec(await virsh(uri, 'dominfo', vmId))?.[1];
  if (most === undefined) throw new Error(`libvirt does not tell how much memory ${vmId} has`);
  await virsh(uri, 'setmem', vmId, `${most}KiB`, '--live');
}

async function look({ libvirtUri, vmId }: Machine, isEnough: (told: Told) => boolean, limit: number): Promise<Told> {
  const deadline = Date.now() + limit;
  for (;;) {
    const text = await virsh(libvirtUri, 'dommemstat', vmId);
    const number = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? NaN);
    const told = { actual: number('actual'), usable: number('usable'), at: number('last_update') };
    if (isEnough(told) || Date.now() > deadline) return told;
    await delay(interval);
  }
}
