import { readFile, statfs } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import type { LibvirtFacts } from '../../programs/arguments.ts';
import type { Room, Space } from '../machine-place.ts';

/** What the node's machines share, of the machine that this process is on too. */
export async function room({ consoleDirectory }: Pick<LibvirtFacts, 'consoleDirectory'>): Promise<Room> {
  const [disk, memory] = await Promise.all([diskSpace(dirname(consoleDirectory)), memorySpace()]);
  return { disk, memory, processors: { count: cpus().length, load: Math.round(100 * (loadavg()[0] ?? 0)) / 100 } };
}

/** Where libvirtd keeps saved memory (its `qemu:///system`, on Debian and Ubuntu). */
export const savedMemory = '/var/lib/libvirt/qemu/save';

/** Of the file system that holds a folder, or will. */
export async function diskSpace(directory: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return statfs(dirname(directory));
    throw error;
  });
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

async function memorySpace(): Promise<Space> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1] ?? NaN) * 1_024;
  return { freeBytes: bytes('MemAvailable'), totalBytes: bytes('MemTotal') };
}
