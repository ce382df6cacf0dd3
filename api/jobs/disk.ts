import { wholeMachine } from './memory.ts';

const gibibyte = 2 ** 30;

/** Bytes that one more machine may soon come to need of the file system of disks, and one that falls asleep of that of memory. */
const needed = { machine: 2 * gibibyte, sleeper: wholeMachine };

/** Whether one more fits, and leaves free what is to stay so: machines write to their disks unasked, and stand still where they cannot. */
export function hasDiskFor(
  what: 'machine' | 'sleeper',
  { freeBytes, reserveBytes }: { freeBytes: number; reserveBytes: number },
): boolean {
  return freeBytes - needed[what] >= reserveBytes;
}

/**
 * Bytes of a file system that stay free where the operator says nothing: a twentieth, but 2 GiB at least and 20 GiB at most.
 * @param total bytes
 */
export function usualDiskReserve(total: number): number {
  return Math.min(Math.max(Math.floor(total / 20), 2 * gibibyte), 20 * gibibyte);
}
