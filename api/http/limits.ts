import type { z } from 'zod';
import { findDevice } from '../accounts/devices.ts';
import type { ApiConfig } from '../config/config.ts';
import { AppError } from '../errors.ts';
import { type Limiter, fixedWindow, slowingWindow, type Standing } from './limiter.ts';
import { clientNetwork } from './middleware/client-address.ts';
import type { AppContext } from './context.ts';
import type { login } from './schemas/auth.ts';
import type { Services } from '../services.ts';
import { tokenRules } from '../accounts/tokens.ts';

/** What a policy may count by. */
interface Asked {
  address: string;
  userId: number | undefined;
  body: unknown;
  /** Id of the device, if it has logged in to that account before. */
  device: string | null;
}

/** How often something may be done in a time. */
interface Policy {
  /** Tells it from the others in headers and in Redis. */
  name: string;
  variable: Extract<keyof ApiConfig, `LIMIT_${string}`>;
  seconds: number;
  /** The key to count by; null where this policy does not count the request. */
  by: (asked: Asked) => string | null;
  /** Counts only what was refused for a wrong secret, and slows guessing down instead of ending it. */
  wrongSecrets?: true;
  /** Counts what comes so often that processes may tell one another a little later. */
  often?: true;
}

type Login = z.output<typeof login>;

const byAddress = ({ address }: Asked) => clientNetwork(address);
const byUser = ({ userId }: Asked) => String(userId);
const byUserOrAddress = (asked: Asked) => (asked.userId ? `user ${byUser(asked)}` : `address ${byAddress(asked)}`);
const byEmail = ({ body }: Asked) => (body as Login).username.toLowerCase();
const byEmailAndAddress = (asked: Asked) => `${byEmail(asked)} ${byAddress(asked)}`;
const byEmailAndDevice = (asked: Asked) => asked.device && `${byEmail(asked)} ${asked.device}`;
/** A known device is counted by another policy, so that what others try never holds it up. */
const unlessKnown = (by: Policy['by']) => (asked: Asked) => (asked.device ? null : by(asked));
const quarter = 900;
const hour = 3600;

const policies = {
  register: [{ name: 'register', variable: 'LIMIT_REGISTER', seconds: hour, by: byAddress }],
  login: [
    {
      name: 'login-device',
      variable: 'LIMIT_LOGIN_ACCOUNT',
      seconds: hour,
      by: byEmailAndDevice,
      wrongSecrets: true,
    },
    {
      name: 'login-account',
      variable: 'LIMIT_LOGIN_ACCOUNT',
      seconds: hour,
      by: unlessKnown(byEmailAndAddress),
      wrongSecrets: true,
    },
    {
      name: 'login-email',
      variable: 'LIMIT_LOGIN_EMAIL',
      seconds: hour,
      by: unlessKnown(byEmail),
      wrongSecrets: true,
    },
    {
      name: 'login-address',
      variable: 'LIMIT_LOGIN_ADDRESS',
      seconds: quarter,
      by: unlessKnown(byAddress),
      wrongSecrets: true,
    },
  ],
  refresh: [{ name: 'refresh', variable: 'LIMIT_REFRESH', seconds: quarter, by: byAddress }],
  password: [{ name: 'password', variable: 'LIMIT_PASSWORD', seconds: hour, by: byUser, wrongSecrets: true }],
  create: [{ name: 'create', variable: 'LIMIT_CREATE', seconds: hour, by: byUser }],
  change: [{ name: 'change', variable: 'LIMIT_CHANGE', seconds: hour, by: byUser }],
  calls: [{ name: 'calls', variable: 'LIMIT_CALLS', seconds: quarter, by: byUserOrAddress, often: true }],
} satisfies Record<string, Policy[]>;

export type LimitName = keyof typeof policies;

/** A policy, and what counts by it. */
interface Rule {
  by: Policy['by'];
  limiter: Limiter;
}

/** Holds requests to the limits that their routes declare. */
export class Limits {
  readonly #rules: Record<LimitName, Rule[]>;
  readonly #services: Services;

  constructor(services: Services) {
    const { config, redis, logger } = services;
    const open = ({ name, variable, seconds, by, wrongSecrets, often }: Policy): Rule => {
      const quota = { name, times: config[variable], seconds };
      return {
        by,
        limiter: wrongSecrets ? slowingWindow(quota, redis) : fixedWindow(quota, redis, { often: often && logger }),
      };
    };
    const entries = Object.entries(policies).map(([name, list]) => [name, list.map(open)]);
    this.#rules = Object.fromEntries(entries) as Record<LimitName, Rule[]>;
    this.#services = services;
  }

  /** Does `work` if the limit allows it. @throws AppError `RATE_LIMITED` */
  async enforce(
    name: LimitName,
    { ctx, body }: { ctx: AppContext; body: unknown },
    work: () => Promise<void>,
  ): Promise<void> {
    const { address, user } = ctx.state;
    const device = name === 'login' ? await this.#knownDevice(body as Login) : null;
    const standings = await take(this.#rules[name], { address, userId: user?.id, body, device });
    setHeaders(ctx, standings);
    let wrongSecret = false;
    try {
      assertAllowed(standings);
      await work();
    } catch (error) {
      wrongSecret = error instanceof AppError && [401, 403].includes(error.status);
      throw error;
    } finally {
      setHeaders(ctx, await Promise.all(standings.map((one) => one.limiter.settle(one, wrongSecret))));
    }
  }

  async #knownDevice({ username, device_token: token }: Login): Promise<string | null> {
    const { config, database } = this.#services;
    const device = await findDevice(database, tokenRules(config), { token, email: username });
    return device?.id ?? null;
  }
}

function take(rules: Rule[], asked: Asked): Promise<Standing[]> {
  const counting = rules.flatMap(({ by, limiter }) => {
    const key = by(asked);
    return key === null ? [] : [limiter.take(key)];
  });
  return Promise.all(counting);
}

function assertAllowed(standings: Standing[]): void {
  const waits = standings.filter(({ isRefused }) => isRefused).map(({ seconds }) => seconds);
  if (waits.length > 0) throw new AppError('RATE_LIMITED', { retryAfter: Math.max(...waits, 1) });
}

/** The header fields of draft-ietf-httpapi-ratelimit-headers-10: quota `q` in a window of `w` seconds; `r` remain for `t` seconds. */
function setHeaders(ctx: AppContext, standings: Standing[]): void {
  const each = (describe: (standing: Standing) => string) =>
    standings.map((one) => `"${one.limiter.quota.name}";${describe(one)}`).join(', ');
  ctx.set({
    'RateLimit-Policy': each(({ limiter }) => `q=${limiter.quota.times};w=${limiter.quota.seconds}`),
    RateLimit: each(({ remaining, seconds }) => `r=${Math.max(remaining, 0)};t=${seconds}`),
  });
}
