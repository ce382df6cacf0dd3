import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';

/** How often something may be done in a time. */
export interface Quota {
  /** Tells it from the others in headers and in Redis. */
  name: string;
  times: number;
  seconds: number;
}

/** Where one who asks stands with a quota. */
export interface Standing {
  limiter: Limiter;
  /** Whom it is counted for. */
  key: string;
  remaining: number;
  /** Until the count begins anew; for who must wait, until they may ask again. */
  seconds: number;
  isRefused: boolean;
  /** Holds the one turn that there is when attempts must wait for one another. */
  hasTurn?: boolean;
}

/** Counts by a quota what is asked for. */
export interface Limiter {
  readonly quota: Quota;
  /** Counts one, before it is done: many at once are counted too. */
  take: (by: string) => Promise<Standing>;
  /** Says how what was counted ended. @param wrongSecret whether it was refused for a wrong secret */
  settle: (taken: Standing, wrongSecret: boolean) => Promise<Standing>;
}

/** Refuses what goes beyond a quota until its time is over. */
export function fixedWindow(quota: Quota, redis: Redis): Limiter {
  const counts = openCounts(quota, redis);
  const limiter: Limiter = {
    quota,
    take: async (by) => {
      const key = digest(by);
      const { consumedPoints, msBeforeNext } = await counts.penalty(key);
      const remaining = quota.times - consumedPoints;
      return { limiter, key, remaining, seconds: toSeconds(msBeforeNext), isRefused: remaining < 0 };
    },
    settle: (taken) => Promise.resolve(taken),
  };
  return limiter;
}

/** More than it takes to look at an attempt: so long others wait for its end, unless it comes first. */
const turnSeconds = 10;
const longestWait = 300;

/** After so many wrong ones beyond those that cost nothing: 1, 2, 4, 8 … seconds. */
const waitAfter = (surplus: number) => Math.min(2 ** surplus, longestWait);

/**
 * Counts wrong secrets, and nothing else. Where a quota is used up, there is one attempt at a time, and each wrong one has
 * the next wait longer. So guessing becomes slow, and whoever knows the secret waits minutes at most.
 */
export function slowingWindow(quota: Quota, redis: Redis): Limiter {
  const counts = openCounts(quota, redis);
  const turns = openCounts({ name: `${quota.name}:turn`, times: 1, seconds: turnSeconds }, redis);
  const standing = (key: string, counted: number, seconds: number): Standing => {
    return { limiter, key, remaining: quota.times - counted, seconds, isRefused: false };
  };
  const limiter: Limiter = {
    quota,
    take: async (by) => {
      const key = digest(by);
      const { consumedPoints, msBeforeNext } = await counts.penalty(key);
      const taken = standing(key, consumedPoints, toSeconds(msBeforeNext));
      if (consumedPoints < quota.times) return taken;
      const turn = await turns.penalty(key);
      if (turn.consumedPoints === 1) return { ...taken, hasTurn: true };
      return { ...taken, isRefused: true, seconds: toSeconds(turn.msBeforeNext) };
    },
    settle: async (taken, wrongSecret) => {
      const { key, isRefused, hasTurn } = taken;
      const count = wrongSecret ? await counts.get(key) : await counts.reward(key);
      const { consumedPoints = 0, msBeforeNext = 0 } = count ?? {};
      if (isRefused) return taken;
      if (!wrongSecret && hasTurn) await turns.delete(key);
      const surplus = consumedPoints - quota.times;
      if (!wrongSecret || surplus < 0) return standing(key, consumedPoints, toSeconds(msBeforeNext));
      await turns.block(key, waitAfter(surplus));
      return standing(key, consumedPoints, waitAfter(surplus));
    },
  };
  return limiter;
}

/** While Redis is away, each process counts for itself. */
function openCounts({ name, times, seconds }: Quota, redis: Redis): RateLimiterRedis {
  const options = { keyPrefix: `limit:${name}`, points: times, duration: seconds };
  const insuranceLimiter = new RateLimiterMemory(options);
  return new RateLimiterRedis({ ...options, storeClient: redis, rejectIfRedisNotReady: true, insuranceLimiter });
}

/** A digest, because what was typed into a login form may be anything. */
function digest(by: string): string {
  return createHash('sha256').update(by).digest('base64url');
}

function toSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1_000);
}
