// What a user's page asks for again and again: `GET /host/my`, beside Node's own server with one query, one after the other.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePorts } from '../dev/ports.ts';
import { startPostgres } from '../dev/postgres.ts';
import { startRedis } from '../dev/redis.ts';
import { Service } from '../dev/service.ts';
import { environmentOf, type InstallationOptions, readSecrets } from '../dev/settings.ts';
import { type Load, load, type Target } from './load.ts';
import { type Comparison, comparisonTable, median } from './tables.ts';

const rounds = 3;
const seconds = 8;
const visitorCounts = [1, 100];

const say = (text: string) => console.error(`bench: ${text}`);
const root = join(import.meta.dirname, '../..');

interface Servers {
  bare: Target;
  ours: Target;
  stop: () => Promise<void>;
}

async function startServers(): Promise<Servers> {
  const directory = mkdtempSync('/var/tmp/webhoster-bench-api-');
  chmodSync(directory, 0o711);
  const [httpPort = 0, httpsPort = 0, apiPort = 0, barePort = 0, postgresPort = 0, redisPort = 0] = await freePorts(6);
  const variables = { LIMIT_CALLS: '1000000000', JWT_LIFETIME_SECONDS: '86400' };
  const options: InstallationOptions = {
    directory,
    httpPort,
    httpsPort,
    apiPort,
    postgresPort,
    redisPort,
    workers: 0,
    variables,
  };
  const logs = join(directory, 'logs');
  const { database, redis } = readSecrets(directory);
  // There is no proxy that would ask for machines to be woken.
  const { ACTIVATOR_SOCKET: _unasked, ...environment } = environmentOf(options);
  const services: Service[] = [];
  const stop = async () => {
    for (const service of services.toReversed()) await service.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const run = (name: string, file: string, ...args: string[]) => {
    const command = [process.execPath, join(root, file), ...args];
    const service = new Service({ name, command, environment, log: join(logs, `${name}.log`) });
    services.push(service);
    return service;
  };
  try {
    services.push(
      await startPostgres({ directory: join(directory, 'postgres'), logs, port: postgresPort, password: database }),
    );
    services.push(await startRedis({ directory: join(directory, 'redis'), logs, port: redisPort, password: redis }));
    const api = `http://127.0.0.1:${apiPort}/api/v1`;
    await run('api', 'api/processes/api.ts').untilReady(() => answers(`${api}/health`));
    const { token, userId } = await makeHosting(api);
    const bare = `http://127.0.0.1:${barePort}/`;
    await run('bare', 'scripts/bench/bare.ts', String(barePort), String(userId)).untilReady(() => answers(bare));
    return {
      bare: { url: bare },
      ours: { url: `${api}/host/my`, headers: { authorization: `Bearer ${token}` } },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
}

/** A user whose hosting is being created, for ever, as there is no worker. */
async function makeHosting(api: string): Promise<{ token: string; userId: number }> {
  const account = { email: 'bench@example.com', username: 'bench', password: randomBytes(16).toString('hex') };
  const post = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${api}${path}`, { method: 'POST', signal: AbortSignal.timeout(30_000), ...init });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  await post('/auth/register', { headers: { 'content-type': 'application/json' }, body: JSON.stringify(account) });
  const form = new URLSearchParams({ username: account.email, password: account.password });
  const { access_token: token } = z
    .object({ access_token: z.string() })
    .parse(await post('/auth/login', { body: form }));
  const authorization = `Bearer ${token}`;
  await post('/host', { headers: { authorization, prefer: 'respond-async' } });
  const signal = AbortSignal.timeout(30_000);
  const me = await (await fetch(`${api}/auth/me`, { headers: { authorization }, signal })).json();
  return { token, userId: z.object({ data: z.object({ user: z.object({ id: z.int() }) }) }).parse(me).data.user.id };
}

type Name = 'bare' | 'ours';

/** Each alone, one after the other, so that a slow moment of the machine does not fall on one of them. */
async function measure(servers: Servers, visitors: number): Promise<Record<Name, Load[]>> {
  const found: Record<Name, Load[]> = { bare: [], ours: [] };
  for (const name of ['bare', 'ours'] as const) await load(servers[name], { visitors, seconds: 2 });
  for (let round = 0; round < rounds; round++)
    for (const name of ['bare', 'ours'] as const) found[name].push(await load(servers[name], { visitors, seconds }));
  return found;
}

const half = (loads: Load[], figure: keyof Load) => median(loads.map((one) => one[figure]));

function compare(visitors: number, { bare, ours }: Record<Name, Load[]>): Comparison[] {
  const row = (figure: 'perSecond' | 'p50' | 'p99', unit: string) => ({
    what: `\`GET /host/my\`, ${visitors} at a time, ${figure === 'perSecond' ? 'rate' : figure}`,
    of: 'bare Node, one query',
    ours: half(ours, figure),
    baseline: half(bare, figure),
    unit,
  });
  return [
    { ...row('perSecond', '/s'), target: { is: 'at least', ratio: 0.5 } },
    row('p50', 'ms'),
    { ...row('p99', 'ms'), target: { is: 'at most', ratio: 3 } },
  ];
}

/** `GET /host/my` beside Node's own server with one query. */
export async function measureApi(): Promise<Comparison[]> {
  const servers = await startServers();
  try {
    const found: Comparison[] = [];
    for (const visitors of visitorCounts) {
      say(`${visitors} at a time`);
      found.push(...compare(visitors, await measure(servers, visitors)));
    }
    return found;
  } finally {
    await servers.stop();
  }
}

if (import.meta.main) console.log(comparisonTable(await measureApi()));
