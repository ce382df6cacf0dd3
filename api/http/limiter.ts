import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Logger } from '../logger.ts';
import { type CountRequests, tallied } from './tally.ts';

/** How often something may be done in a time. */
export interface Quota {
  /** Tells it from the others in headers and in Redis. */
  name: string;
  times: number;
  seconds: number;
}

/** How much of a quota is left to one client. */
export interface Standing {
  limiter: Limiter;
  /** Whom it is counted for. */
  key: string;
  remaining: number;
  /** Until the count begins anew; where the client has to wait, until it may ask again. */
  seconds: number;
  isRefused: boolean;
  /** Whether this attempt has the turn, where only one is looked at at a time. */
  hasTurn?: boolean;
}

/** Counts requests against a quota. */
export interface Limiter {
  readonly quota: Quota;
  /** Counts a request before it is served, so that many at once are counted too. */
  take: (by: string) => Promise<Standing>;
  /** Says how a counted request ended. @param wrongSecret whether it was refused for a wrong secret */
  settle: (taken: Standing, wrongSecret: boolean) => Promise<Standing>;
}

/** Refuses what goes beyond a quota until its time is over. @param often to count by {@link tallied}, and who is told of its faults */
export function fixedWindow(quota: Quota, redis: Redis, { often }: { often?: Logger | undefined } = {}): Limiter {
  const counts = openCounts(quota, redis);
  const countEach: CountRequests = async (by, times) => {
    const { consumedPoints, msBeforeNext } = await counts.penalty(digest(by), times);
    return { counted: consumedPoints, until: performance.now() + msBeforeNext };
  };
  const count = often
    ? tallied(countEach, (error) =>
        often.error({ err: error, quota: quota.name }, 'requests could not be counted together'),
      )
    : countEach;
  const limiter: Limiter = {
    quota,
    take: async (by) => {
      const { counted, until } = await count(by, 1);
      const remaining = quota.times - counted;
      return { limiter, key: by, remaining, seconds: toSeconds(until - performance.now()), isRefused: remaining < 0 };
    },
    settle: (taken) => Promise.resolve(taken),
  };
  return limiter;
}

/** How long an attempt keeps the turn if its end is never told; more than one takes. */
const turnSeconds = 10;
const longestWait = 300;

/** Seconds to wait after the wrong attempts beyond the quota: 1, 2, 4, 8 … */
const waitAfter = (surplus: number) => Math.min(2 ** surplus, longestWait);

/**
 * Counts wrong secrets, and nothing else. Where a quota is used up, one attempt is looked at at a time, and after each wrong
 * one the next waits longer. So guessing becomes slow, and whoever knows the secret waits minutes at most.
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
