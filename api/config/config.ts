import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { languages } from '../../templates/web/texts/language.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const port = z.coerce.number().int().min(1).max(65535);
const seconds = z.coerce.number().int().min(1);
const times = z.coerce.number().int().min(1);
const folder = z.string().refine(isAbsolute, 'must be an absolute path');
const secret = z.string().min(32, 'must have at least 32 characters: make one with `openssl rand -hex 32`');
const postgresUrl = z.url({
  protocol: /^postgres(ql)?$/,
  error: 'must look like postgres://user:password@host/database',
});
const network = z.string().refine(isNetwork, 'must be an IPv4 network of /16 to /29, like 192.168.122.0/24');
const nameservers = z
  .string()
  .refine(
    (text) => text.split(',').every((part) => z.ipv4().safeParse(part).success),
    'must be IPv4 addresses with commas between them, like 1.1.1.1,9.9.9.9',
  )
  .transform((text) => text.split(','));
const networks = z
  .string()
  .transform((text) => (text === '' ? [] : text.split(',')))
  .refine(
    (parts) => parts.every(isNetworkOfAnySize),
    'must be IPv4 networks with commas between them, like 203.0.113.0/24,198.51.100.7/32',
  );
const command = z
  .string()
  .min(1)
  .transform((text) => text.split(' '));

/** Every variable. Each process reads those that it needs: no secret is where it is of no use. */
export const schema = z.object({
  DATABASE_URL: postgresUrl,
  PULUMI_BACKEND_URL: postgresUrl,
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must look like redis://host:6379' }),
  JWT_SECRET: secret,
  JWT_LIFETIME_SECONDS: seconds.default(900),
  REFRESH_LIFETIME_SECONDS: seconds.default(2_592_000),
  SHORT_LIFETIME_SECONDS: seconds.default(43_200),
  SESSION_LIFETIME_SECONDS: seconds.default(7_776_000),
  LIMIT_REGISTER: times.default(300),
  LIMIT_LOGIN_ACCOUNT: times.default(5),
  LIMIT_LOGIN_EMAIL: times.default(100),
  LIMIT_LOGIN_ADDRESS: times.default(300),
  LIMIT_REFRESH: times.default(3000),
  LIMIT_PASSWORD: times.default(10),
  LIMIT_CREATE: times.default(30),
  LIMIT_CHANGE: times.default(240),
  LIMIT_CALLS: times.default(6000),
  LIMIT_STREAMS: times.default(20),
  PULUMI_CONFIG_PASSPHRASE: secret,
  TOOLCHAIN_DIR: folder.default(resolve(root, '.toolchain')),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: port.default(8000),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://localhost'),
  PROXY_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1'),
  PROXY_ADDRESS: z.ipv4().optional(),
  PROXY_SITES_DIR: folder,
  PROXY_TEST_COMMAND: command,
  PROXY_RELOAD_COMMAND: command,
  DEFAULT_LANGUAGE: z.enum(languages).default('ko'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NODE_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and dashes')
    .default('local'),
  LIBVIRT_URI: z.string().default('qemu:///system'),
  VM_NETWORK: network.default('192.168.122.0/24'),
  VM_STORAGE_DIR: folder.default('/var/lib/webhoster/vms'),
  SSH_PORT_FIRST: port.default(10000),
  SSH_PORT_LAST: port.default(20000),
  BOOT_TIMEOUT_SECONDS: seconds.default(180),
  VM_NAMESERVERS: nameservers.default(['1.1.1.1', '9.9.9.9']),
  VM_REFUSED_NETWORKS: networks.default([]),
  // nft takes no more than 32 bits of bytes.
  VM_MEGABITS_PER_SECOND: z.coerce.number().int().min(1).max(30_000).default(200),
  PROXY_UID: z.coerce.number().int().min(1).default(33),
  GUARD_REPORT_FILE: folder,
  GUARD_INTERVAL_SECONDS: seconds.default(60),
  HEARTBEAT_FILE: folder.optional(),
});

const apiSchema = schema
  .omit({
    PULUMI_BACKEND_URL: true,
    PULUMI_CONFIG_PASSPHRASE: true,
    TOOLCHAIN_DIR: true,
    PROXY_SITES_DIR: true,
    PROXY_TEST_COMMAND: true,
    PROXY_RELOAD_COMMAND: true,
    GUARD_REPORT_FILE: true,
    VM_REFUSED_NETWORKS: true,
  })
  .refine((env) => env.SSH_PORT_FIRST <= env.SSH_PORT_LAST, {
    path: ['SSH_PORT_FIRST'],
    message: 'must not be greater than SSH_PORT_LAST',
  });

/** Also what prepares the node. */
const workerSchema = schema.omit({ JWT_SECRET: true });

const guardSchema = schema.pick({
  NODE_NAME: true,
  VM_NETWORK: true,
  VM_NAMESERVERS: true,
  VM_REFUSED_NETWORKS: true,
  VM_MEGABITS_PER_SECOND: true,
  PROXY_UID: true,
  GUARD_REPORT_FILE: true,
  GUARD_INTERVAL_SECONDS: true,
  LOG_LEVEL: true,
});

export type ApiConfig = z.infer<typeof apiSchema>;
export type WorkerConfig = z.infer<typeof workerSchema>;
export type GuardConfig = z.infer<typeof guardSchema>;

/** The configuration is wrong; `message` has a line for each variable, and never a value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the configuration of the api; no other place than this module looks at the environment.
 * @throws ConfigError naming every variable that is missing or wrong, and what it must be.
 */
export function readApiConfig(environment: NodeJS.ProcessEnv = process.env): ApiConfig {
  return read(apiSchema, environment);
}

/** As {@link readApiConfig}, for a worker. */
export function readWorkerConfig(environment: NodeJS.ProcessEnv = process.env): WorkerConfig {
  return read(workerSchema, environment);
}

/** As {@link readApiConfig}, for the guard. */
export function readGuardConfig(environment: NodeJS.ProcessEnv = process.env): GuardConfig {
  return read(guardSchema, environment);
}

function read<Part extends z.ZodType>(part: Part, environment: NodeJS.ProcessEnv): z.output<Part> {
  const result = part.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = path.join('.');
    if (environment[name] !== undefined) return `${name} ${message}`;
    return `${name} is not set: docs/configuration.md says what it must be`;
  });
  throw new ConfigError(`The configuration is not usable. Correct these variables:\n  ${lines.join('\n  ')}`);
}

function isNetwork(text: string): boolean {
  const prefix = Number(text.split('/')[1]);
  return isNetworkOfAnySize(text) && prefix >= 16 && prefix <= 29;
}

function isNetworkOfAnySize(text: string): boolean {
  if (!z.cidrv4().safeParse(text).success) return false;
  const [address] = ipaddr.IPv4.parseCIDR(text);
  return ipaddr.IPv4.networkAddressFromCIDR(text).toString() === address.toString();
}
