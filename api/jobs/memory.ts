import { wholeMachine } from '../room.ts';

const mebibyte = 2 ** 20;

/** Seconds for which a machine must not have been used to be put to sleep for another. */
export const leastIdle = 60;

/**
 * Bytes of a node's memory that stay free where the operator says nothing: an eighth, but 512 MiB at least and 8 GiB at most.
 * @param total bytes
 */
export function usualReserve(total: number): number {
  return Math.min(Math.max(Math.floor(total / 8), 512 * mebibyte), 8_192 * mebibyte);
}

/** The memory of a node, in bytes. */
export interface Memory {
  /** What can be had, caches included. */
  freeBytes: number;
  /** What is to stay free. */
  reserveBytes: number;
  /** What machines may hold together; null for as much as there is. */
  budget: number | null;
}

/** A machine of the node that is on, or is about to be. */
export interface Holder {
  /** Null where it is nobody's yet; such a machine is left alone. */
  userId: number | null;
  /** Bytes of the node's memory that it holds now. */
  held: number;
  /** Whether it was let in a moment ago, and is still to take what was promised to it. */
  isGrowing: boolean;
  isFallingAsleep: boolean;
  /** Whether it may be put to sleep at all. */
  maySleep: boolean;
  /** Seconds for which nobody has used it. */
  idle: number;
}

/** To go ahead, to wait as others give memory back or take less than they may, to give up, or whom to put to sleep first. */
export type Decision = 'admit' | 'wait' | 'refuse' | { sleep: number[] };

/**
 * Whether a node has memory for something more. A machine that settled counts by what it holds, as most hold far less than they
 * may; the reserve is there for what they grow by. One that was let in a moment ago counts whole: what it has not taken yet is
 * still among what is free. Machines are put to sleep, the longest idle first, only where that is enough.
 * @param needed bytes
 */
export function decide({ freeBytes, reserveBytes, budget }: Memory, holders: Holder[], needed: number): Decision {
  const sum = (of: (holder: Holder) => number) => holders.reduce((total, holder) => total + of(holder), 0);
  const unused = Math.min(freeBytes - reserveBytes, budget === null ? Infinity : budget - sum(({ held }) => held));
  const promised = sum(({ isGrowing, held }) => (isGrowing ? Math.max(0, wholeMachine - held) : 0));
  const short = needed + promised - unused;
  if (short <= 0) return 'admit';
  const comesBack = sum(({ isFallingAsleep, held }) => (isFallingAsleep ? held : 0));
  if (short <= comesBack) return 'wait';
  const chosen = enoughOf(sleepers(holders), short - comesBack);
  if (chosen) return { sleep: chosen };
  // What was promised may not be taken; and nobody knows how much one gives back that libvirt is busy with.
  const mayPass = short - promised <= comesBack || holders.some(({ isFallingAsleep }) => isFallingAsleep);
  return mayPass ? 'wait' : 'refuse';
}

/** The first of some machines that hold so many bytes together; null where all together do not. */
function enoughOf(holders: Holder[], bytes: number): number[] | null {
  let left = bytes;
  const chosen = [];
  for (const { userId, held } of holders) {
    if (userId !== null) chosen.push(userId);
    left -= held;
    if (left <= 0) return chosen;
  }
  return null;
}

/** Those that may be put to sleep now, the longest idle first. */
function sleepers(holders: Holder[]): Holder[] {
  const now = holders.filter(
    ({ maySleep, isGrowing, isFallingAsleep, idle }) => maySleep && !isGrowing && !isFallingAsleep && idle >= leastIdle,
  );
  return now.toSorted((one, other) => other.idle - one.idle);
}
