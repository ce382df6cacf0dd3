import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../../programs/run-command.ts';
import { timed, type BenchUser } from './user.ts';

const virsh = (...args: string[]) => runCommand(['virsh', '--connect', 'qemu:///system', ...args], { timeout: 60_000 });
/** Milliseconds between two looks whether a machine answers: those of a create (`stacks/readiness.ts`). */
const interval = 50;

/**
 * Makes a user's machine anew with the engine left out: the same domain on a new overlay of the same image, by libvirt, until
 * page and SSH answer through the proxy, whose route is there. What was on its disk is lost.
 * @returns seconds
 */
export async function createWithoutEngine(user: BenchUser, directory: string, signal: AbortSignal): Promise<number> {
  const { vm_id: vmId } = await user.hosting();
  const definition = join(directory, `${vmId}.xml`);
  const domain = await virsh('dumpxml', '--inactive', vmId);
  writeFileSync(definition, domain);
  const [, pool = '', volume = ''] = /<source pool='([^']+)' volume='([^']+\.qcow2)'/.exec(domain) ?? [];
  const disk = (await virsh('vol-path', '--pool', pool, volume)).trim();
  const told = await runCommand(['qemu-img', 'info', '--force-share', '--output=json', disk], { timeout: 30_000 });
  const { 'backing-filename': base, 'virtual-size': size } = JSON.parse(told) as Record<string, string>;
  await virsh('destroy', vmId);
  await virsh('undefine', vmId);
  rmSync(disk);
  return timed(async () => {
    const overlay = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', String(base), disk, String(size)];
    await runCommand(['qemu-img', ...overlay], { timeout: 30_000 });
    await virsh('define', definition);
    await virsh('start', vmId);
    await Promise.all([
      untilDone(() => user.firstByte(signal), signal),
      untilDone(() => user.greeting(AbortSignal.any([signal, AbortSignal.timeout(5_000)])), signal),
    ]);
  });
}

/** Tries again until it does not fail. */
async function untilDone(look: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await look();
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      await delay(interval, undefined, { signal });
    }
  }
}
