import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/**
 * Opens a connection whose commands fail, rather than wait, while Redis is away. It comes back by itself.
 * Every command is given up after 5 s.
 */
export function connectRedis(url: string, logger: Logger): Redis {
  return open(url, logger, { commandTimeout: 5_000, enableOfflineQueue: false, maxRetriesPerRequest: 0 });
}

/** Opens a connection for subscriptions: it waits for Redis without a limit, and subscribes again when that is back. */
export function connectSubscriber(url: string, logger: Logger): Redis {
  return open(url, logger, { maxRetriesPerRequest: null });
}

interface Limits {
  commandTimeout?: number;
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
}

function open(url: string, logger: Logger, limits: Limits): Redis {
  const redis = new Redis(url, {
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(100 * times, 2_000),
    ...limits,
  });
  redis.on('error', (error) => logger.warn({ err: error }, 'redis does not answer'));
  return redis;
}
