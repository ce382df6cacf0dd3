import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { schema } from '../../api/config/config.ts';
import type { HttpsRedirect } from '../../templates/proxy.ts';
import { postgresUrl } from './postgres.ts';
import { proxySettings } from './proxy.ts';
import { redisUrl } from './redis.ts';

/** Where an installation on one machine keeps its data, and the ports it takes. */
export interface InstallationOptions {
  directory: string;
  httpPort: number;
  httpsPort: number;
  /** `off` by default. */
  httpsRedirect?: HttpsRedirect;
  apiPort: number;
  postgresPort: number;
  redisPort: number;
  /** How many worker processes; each has one engine. */
  workers: number;
  /** Variables of the configuration that differ from their defaults. */
  variables?: NodeJS.ProcessEnv;
}

interface Secrets {
  database: string;
  redis: string;
  jwt: string;
  passphrase: string;
}

/** The secrets of an installation: made at its first start, readable by its owner only. */
export function readSecrets(directory: string): Secrets {
  const file = join(directory, 'secrets.json');
  mkdirSync(directory, { recursive: true, mode: 0o711 });
  if (!existsSync(file)) {
    const secret = () => randomBytes(32).toString('hex');
    const secrets: Secrets = { database: secret(), redis: secret(), jwt: secret(), passphrase: secret() };
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
}

/** The environment of the api, of the workers, and of `scripts/node/prepare-node.sh`. */
export function environmentOf(options: InstallationOptions): NodeJS.ProcessEnv {
  const { directory, httpPort, apiPort, postgresPort, redisPort, variables } = options;
  const secrets = readSecrets(directory);
  const proxy = proxySettings(join(directory, 'proxy'));
  const database = { port: postgresPort, password: secrets.database };
  const port = httpPort === 80 ? '' : `:${httpPort}`;
  return {
    ...process.env,
    DATABASE_URL: postgresUrl(database, 'webhoster'),
    PULUMI_BACKEND_URL: postgresUrl(database, 'pulumi'),
    REDIS_URL: redisUrl({ port: redisPort, password: secrets.redis }),
    JWT_SECRET: secrets.jwt,
    PULUMI_CONFIG_PASSPHRASE: secrets.passphrase,
    API_PORT: String(apiPort),
    PUBLIC_URL: process.env['PUBLIC_URL'] ?? defaultPublicUrl(options),
    PROXY_URL: `http://127.0.0.1${port}`,
    PROXY_SITES_DIR: proxy.sites,
    PROXY_CONTROL_SOCKET: proxy.controlSocket,
    ACTIVATOR_SOCKET: proxy.activatorSocket,
    VM_STORAGE_DIR: join(directory, 'vms'),
    GUARD_REPORT_FILE: join(directory, 'firewall.json'),
    ...variables,
  };
}

function defaultPublicUrl({ httpPort, httpsPort, httpsRedirect = 'off' }: InstallationOptions): string {
  // The origin leaves out the port that is usual.
  return new URL(httpsRedirect === 'off' ? `http://localhost:${httpPort}` : `https://localhost:${httpsPort}`).origin;
}

/** Keeps the configuration as a file that a shell reads, for the scripts that an operator runs by hand. */
export function writeEnvironment(directory: string, environment: NodeJS.ProcessEnv): void {
  const lines = Object.keys(schema.shape).flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`;
  });
  const file = join(directory, 'environment');
  // The mode counts only for a file that is made.
  rmSync(file, { force: true });
  writeFileSync(file, lines.join(''), { mode: 0o600, flag: 'wx' });
}
