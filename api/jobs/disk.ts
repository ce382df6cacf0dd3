import { neededOf } from '../room.ts';

const gibibyte = 2 ** 30;

/** Whether one more fits, and leaves free what is to stay so: machines write to their disks unasked, and stand still where they cannot. */
export function hasDiskFor(
  what: keyof typeof neededOf,
  { freeBytes, reserveBytes }: { freeBytes: number; reserveBytes: number },
): boolean {
  return freeBytes - neededOf[what] >= reserveBytes;
}

/**
 * Bytes of a file system that stay free where the operator says nothing: a twentieth, but 2 GiB at least and 20 GiB at most.
 * @param total bytes
 */
export function usualDiskReserve(total: number): number {
  return Math.min(Math.max(Math.floor(total / 20), 2 * gibibyte), 20 * gibibyte);
}
