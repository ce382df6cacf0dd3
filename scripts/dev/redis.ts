import { mkdirSync, writeFileSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Service } from './service.ts';
import { unixUser } from './users.ts';

export interface RedisOptions {
  directory: string;
  logs: string;
  port: number;
  password: string;
}

export function redisUrl({ port, password }: { port: number; password: string }): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

/** Starts Redis with an append-only file, and without eviction, so that counts of the limits are not lost. */
export async function startRedis(options: RedisOptions): Promise<Service> {
  const { directory, logs, port, password } = options;
  const user = unixUser('redis');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chownSync(directory, user.uid, user.gid);
  const settings = {
    bind: '127.0.0.1',
    port,
    dir: directory,
    requirepass: password,
    appendonly: 'yes',
    save: '""',
    'maxmemory-policy': 'noeviction',
  };
  // A file, because arguments are there for every user of the machine to read.
  const file = join(directory, 'redis.conf');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key} ${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  chownSync(file, user.uid, user.gid);
  const service = new Service({ name: 'redis', command: ['redis-server', file], log: join(logs, 'redis.log'), user });
  return service.untilReady(() => answers(redisUrl(options)));
}

async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}
