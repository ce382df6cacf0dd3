import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { createApp } from '../../../api/http/app.ts';
import { readApiConfig } from '../../../api/config/config.ts';
import { createLogger } from '../../../api/logger.ts';
import { OpenStreams } from '../../../api/http/open-streams.ts';
import { ProgressFollower } from '../../../api/operations/progress.ts';
import { connectRedis, connectSubscriber } from '../../../api/stores/redis.ts';
import type { Models } from '../../../api/models/models.ts';
import type { Services } from '../../../api/services.ts';
import { startStores, type Stores } from './stores.ts';

/** The HTTP interface on a port of the loopback interface, with stores of its own or another's. */
export interface TestApi {
  url: string;
  stores: Stores;
  services: Services;
  /** Those of the database. */
  models: Models;
  subscriber: Redis;
  /** All that was logged so far. */
  log: () => string;
  stop: () => Promise<void>;
}

/** @param variables of the configuration that differ from the defaults */
export async function startApi(options: { stores?: Stores; variables?: NodeJS.ProcessEnv } = {}): Promise<TestApi> {
  const stores = options.stores ?? (await startStores());
  const config = readApiConfig({ ...requiredVariables(stores), ...options.variables });
  const lines: string[] = [];
  const logger = createLogger('trace', 'api', { write: (line) => void lines.push(line) });
  const redis = connectRedis(config.REDIS_URL, logger);
  // Until then processes count for themselves.
  await once(redis, 'ready');
  const subscriber = connectSubscriber(config.REDIS_URL, logger);
  const progress = new ProgressFollower(stores.database, subscriber, logger);
  const streams = new OpenStreams(config.LIMIT_STREAMS);
  const services: Services = { config, database: stores.database, redis, progress, streams, logger };
  const server = createServer(createApp(services).callback() as Parameters<typeof createServer>[1]);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    for (const connection of [redis, subscriber]) connection.disconnect();
    if (!options.stores) await stores.stop();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { models } = stores.database;
  return { url, stores, services, models, subscriber, log: () => lines.join(''), stop };
}

function requiredVariables({ databaseUrl, redisUrl, directory }: Stores): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    PULUMI_BACKEND_URL: databaseUrl,
    JWT_SECRET: 'signs-the-tokens-of-these-tests-only',
    PULUMI_CONFIG_PASSPHRASE: 'a-passphrase-that-is-never-put-to-use',
    PROXY_SITES_DIR: join(directory, 'sites'),
    PROXY_CONTROL_SOCKET: '/nonexistent',
    GUARD_REPORT_FILE: join(directory, 'firewall.json'),
  };
}
