import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectDatabase, type Database } from '../../../api/stores/database.ts';
import { migrate } from '../../../api/stores/migrate.ts';
import { postgresUrl, startPostgres } from '../../../scripts/dev/postgres.ts';
import { redisUrl, startRedis } from '../../../scripts/dev/redis.ts';
import type { Service } from '../../../scripts/dev/service.ts';
import { freePorts } from '../../../scripts/dev/ports.ts';

/** A PostgreSQL and a Redis of a test file's own. */
export interface Stores {
  directory: string;
  databaseUrl: string;
  redisUrl: string;
  /** Connected and migrated. */
  database: Database;
  postgres: Service;
  redis: Service;
  stop: () => Promise<void>;
}

/** Starts the stores in a folder of their own; `stop` leaves nothing of them. */
export async function startStores(): Promise<Stores> {
  // The servers run as users of their own, which must get to their folders.
  const directory = mkdtempSync('/var/tmp/webhoster-test-');
  chmodSync(directory, 0o711);
  const [postgresPort = 0, redisPort = 0] = await freePorts(2);
  const password = 'only-for-this-test';
  const logs = join(directory, 'logs');
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), logs, port: postgresPort, password });
  const redis = await startRedis({ directory: join(directory, 'redis'), logs, port: redisPort, password });
  const databaseUrl = postgresUrl({ port: postgresPort, password }, 'webhoster');
  const database = connectDatabase(databaseUrl);
  await migrate(database);
  const stop = async () => {
    await database.close();
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, databaseUrl, redisUrl: redisUrl({ port: redisPort, password }), database, postgres, redis, stop };
}

/** Another database on the same server: connected, and empty. */
export async function addDatabase({ database, databaseUrl }: Stores, name: string): Promise<Database> {
  await database.query(`CREATE DATABASE ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = name;
  return connectDatabase(url.href);
}
