import { machineMebibytes } from '../programs/machine-size.ts';

/** Bytes that a machine may come to hold: its memory, and what QEMU takes beside that. */
export const wholeMachine = (machineMebibytes + 128) * 2 ** 20;

/** Bytes that one more machine may soon come to need of the file system of disks, and one that falls asleep of that of memory. */
export const neededOf = { machine: 2 * 2 ** 30, sleeper: wholeMachine };
