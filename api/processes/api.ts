import { once } from 'node:events';
import { createServer } from 'node:http';
import { createApp } from '../http/app.ts';
import { openActivator } from '../activator/server.ts';
import { connectDatabase } from '../stores/database.ts';
import { migrate } from '../stores/migrate.ts';
import { readApiConfig } from '../config/config.ts';
import { createLogger } from '../logger.ts';
import { OpenStreams } from '../http/open-streams.ts';
import { ProgressFollower } from '../operations/progress.ts';
import { exitOnConfigError, onStopSignal } from './lifecycle.ts';
import { connectRedis, connectSubscriber } from '../stores/redis.ts';

const config = exitOnConfigError(() => readApiConfig());
const logger = createLogger(config.LOG_LEVEL, 'api');
const database = connectDatabase(config.DATABASE_URL);
await migrate(database);
const redis = connectRedis(config.REDIS_URL, logger);
const subscriber = connectSubscriber(config.REDIS_URL, logger);
const progress = new ProgressFollower(database, subscriber, logger);

const streams = new OpenStreams(config.LIMIT_STREAMS);
const app = createApp({ config, database, redis, progress, streams, logger });
const server = createServer(app.callback() as Parameters<typeof createServer>[1]);
// The header and the body of a request get these milliseconds; answers may take as long as an operation.
server.headersTimeout = 15_000;
server.requestTimeout = 30_000;
server.listen(config.API_PORT, config.API_HOST);
await once(server, 'listening');
const activator = config.ACTIVATOR_SOCKET
  ? await openActivator({ config, database, redis, progress, logger }, config.ACTIVATOR_SOCKET)
  : null;
logger.info({ host: config.API_HOST, port: config.API_PORT }, 'listening');

onStopSignal(async () => {
  await activator?.close();
  server.close();
  // Clients that wait for an operation lose their connection; it goes on, and they find it when they ask again.
  server.closeAllConnections();
  redis.disconnect();
  subscriber.disconnect();
  await database.close();
});
