import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import type { z } from 'zod';
import type { ApiConfig } from './config.ts';
import { AppError, RateLimitedError } from './errors.ts';
import { clientNetwork } from './middleware/client-address.ts';
import type { AppContext } from './routes/route.ts';
import type { login } from './schemas/auth.ts';

/** What a policy may count by. */
interface Asked {
  address: string;
  userId: number | undefined;
  body: unknown;
}

/** How often something may be done in a time. */
interface Policy {
  /** Tells it from the others in headers and in Redis. */
  name: string;
  variable: Extract<keyof ApiConfig, `LIMIT_${string}`>;
  seconds: number;
  by: (asked: Asked) => string;
  /** Counts only what was refused for a wrong secret, so that nobody pays for what is right. */
  refusalsOnly?: true;
}

const byAddress = ({ address }: Asked) => clientNetwork(address);
const byUser = ({ userId }: Asked) => String(userId);
const byUserOrAddress = (asked: Asked) => (asked.userId ? `user ${byUser(asked)}` : `address ${byAddress(asked)}`);
const byEmailAndAddress = (asked: Asked) =>
  `${(asked.body as z.output<typeof login>).username.toLowerCase()} ${byAddress(asked)}`;
const quarter = 900;
const hour = 3600;

const policies = {
  register: [{ name: 'register', variable: 'LIMIT_REGISTER', seconds: hour, by: byAddress }],
  login: [
    {
      name: 'login-account',
      variable: 'LIMIT_LOGIN_ACCOUNT',
      seconds: quarter,
      by: byEmailAndAddress,
      refusalsOnly: true,
    },
    { name: 'login-address', variable: 'LIMIT_LOGIN_ADDRESS', seconds: quarter, by: byAddress, refusalsOnly: true },
  ],
  refresh: [{ name: 'refresh', variable: 'LIMIT_REFRESH', seconds: quarter, by: byAddress }],
  password: [{ name: 'password', variable: 'LIMIT_PASSWORD', seconds: quarter, by: byUser, refusalsOnly: true }],
  create: [{ name: 'create', variable: 'LIMIT_CREATE', seconds: hour, by: byUser }],
  change: [{ name: 'change', variable: 'LIMIT_CHANGE', seconds: hour, by: byUser }],
  calls: [{ name: 'calls', variable: 'LIMIT_CALLS', seconds: quarter, by: byUserOrAddress }],
} satisfies Record<string, Policy[]>;

export type LimitName = keyof typeof policies;

/** A policy with its count in Redis. */
interface Limiter {
  policy: Policy;
  limit: number;
  counts: RateLimiterRedis;
}

/** Where one who asks stands with a policy. */
interface Standing {
  limiter: Limiter;
  key: string;
  remaining: number;
  /** Until the count begins anew. */
  seconds: number;
}

/** Holds requests to the limits that their routes declare. */
export class Limits {
  readonly #limiters: Record<LimitName, Limiter[]>;

  constructor(config: ApiConfig, redis: Redis) {
    const open = (policy: Policy) => openLimiter(policy, { limit: config[policy.variable], redis });
    const entries = Object.entries(policies).map(([name, list]) => [name, list.map(open)]);
    this.#limiters = Object.fromEntries(entries) as Record<LimitName, Limiter[]>;
  }

  /**
   * Does `work` if the limit allows it. It is counted before, so that many requests at once are counted too; what a policy
   * does not count is given back after.
   * @throws RateLimitedError
   */
  async hold(
    name: LimitName,
    { ctx, body }: { ctx: AppContext; body: unknown },
    work: () => Promise<void>,
  ): Promise<void> {
    const asked: Asked = { address: ctx.state.address, userId: ctx.state.user?.id, body };
    const standings = await Promise.all(this.#limiters[name].map((limiter) => consume(limiter, asked)));
    tell(ctx, standings);
    let refused = false;
    try {
      refuseExhausted(standings);
      await work();
    } catch (error) {
      refused = error instanceof AppError && [401, 403].includes(error.status);
      throw error;
    } finally {
      if (!refused) tell(ctx, await Promise.all(standings.map(giveBack)));
    }
  }
}

function refuseExhausted(standings: Standing[]): void {
  const waits = standings.filter(({ remaining }) => remaining < 0).map(({ seconds }) => seconds);
  if (waits.length > 0) throw new RateLimitedError(Math.max(...waits));
}

/** While Redis is away, each process counts for itself. */
function openLimiter(policy: Policy, { limit, redis }: { limit: number; redis: Redis }): Limiter {
  const options = { keyPrefix: `limit:${policy.name}`, points: limit, duration: policy.seconds };
  const insuranceLimiter = new RateLimiterMemory(options);
  const counts = new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter,
  });
  return { policy, limit, counts };
}

async function consume(limiter: Limiter, asked: Asked): Promise<Standing> {
  // A digest, because what was typed into a login form may be anything.
  const key = createHash('sha256').update(limiter.policy.by(asked)).digest('base64url');
  return standing(limiter, key, await limiter.counts.penalty(key));
}

async function giveBack(taken: Standing): Promise<Standing> {
  const { limiter, key } = taken;
  return limiter.policy.refusalsOnly ? standing(limiter, key, await limiter.counts.reward(key)) : taken;
}

function standing(limiter: Limiter, key: string, { consumedPoints, msBeforeNext }: RateLimiterRes): Standing {
  return { limiter, key, remaining: limiter.limit - consumedPoints, seconds: Math.ceil(msBeforeNext / 1_000) };
}

/** The header fields of draft-ietf-httpapi-ratelimit-headers-10: quota `q` in a window of `w` seconds; `r` remain for `t` seconds. */
function tell(ctx: AppContext, standings: Standing[]): void {
  const each = (describe: (standing: Standing) => string) =>
    standings.map((one) => `"${one.limiter.policy.name}";${describe(one)}`).join(', ');
  ctx.set({
    'RateLimit-Policy': each(({ limiter }) => `q=${limiter.limit};w=${limiter.policy.seconds}`),
    RateLimit: each(({ remaining, seconds }) => `r=${Math.max(remaining, 0)};t=${seconds}`),
  });
}
