import type { Domain, Findings, MissingCode } from '../models/domain.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const week = 7 * day;

/**
 * Milliseconds for which a proof may be gone before a domain is let go; and where many are gone at once, as that may be our fault.
 * Once few are, because that was put right, there is some time for the others.
 */
const graceTime = { usual: week, manyAtOnce: 30 * day, afterMany: day };

/** What only a DNS that answers can tell. All else may be our own fault, or pass, and takes nothing from anybody. */
const definite: MissingCode[] = ['no_such_name', 'points_elsewhere', 'no_record', 'other_record'];

/** The part of a domain's row that a look at it may change. */
export type Standing = Pick<Domain, 'state' | 'goneSince' | 'nextCheckAt' | 'releasedAt'>;

/** What a domain is after a look at it. */
export function standingAfter(
  { state, goneSince, sparedAt, createdAt }: Pick<Domain, 'state' | 'goneSince' | 'sparedAt' | 'createdAt'>,
  { missing }: Pick<Findings, 'missing'>,
  now: Date,
): Standing {
  const codes = missing.map(({ code }) => code);
  const kept = { state, goneSince, releasedAt: null };
  const inTime = (delay: number | null) => (delay === null ? null : new Date(now.getTime() + delay));
  if (codes.length === 0) return { ...kept, state: 'active', goneSince: null, nextCheckAt: inTime(day) };
  if (state === 'unproven')
    return { ...kept, nextCheckAt: inTime(delayUntilProven(now.getTime() - createdAt.getTime())) };
  if (codes.some((code) => definite.includes(code))) {
    const since = goneSince ?? now;
    if (now >= releaseTime({ goneSince: since, sparedAt }))
      return { state: 'released', goneSince: since, nextCheckAt: null, releasedAt: now };
    return { ...kept, state: 'lapsing', goneSince: since, nextCheckAt: inTime(hour) };
  }
  // The DNS tells that all is well: what does not get here is no reason to let go.
  if (codes.every((code) => code === 'not_reached'))
    return { ...kept, state: 'active', goneSince: null, nextCheckAt: inTime(hour) };
  return { ...kept, nextCheckAt: inTime(hour) };
}

/** When a domain is let go at the earliest whose proof is gone since then, and that was spared then. */
export function releaseTime({ goneSince, sparedAt }: { goneSince: Date; sparedAt: Date | null }): Date {
  const gone = goneSince.getTime();
  const spared = sparedAt ? Math.min(sparedAt.getTime() + graceTime.afterMany, gone + graceTime.manyAtOnce) : 0;
  return new Date(Math.max(gone + graceTime.usual, spared));
}

/** Often while its user waits for it, and then less and less; null when that was long enough. @param age in milliseconds */
function delayUntilProven(age: number): number | null {
  if (age < hour) return minute;
  if (age < day) return 10 * minute;
  return age < week ? hour : null;
}
