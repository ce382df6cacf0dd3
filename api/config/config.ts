import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { visitsInterval } from '../../stacks/visits-report.ts';
import { languages } from '../../templates/web/texts/language.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const domainPattern = /^(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const sitesDomain = z.string().regex(domainPattern, "must be a domain in lower case, like sites.example.org, or 'off'");
const port = z.coerce.number().int().min(1).max(65535);
const seconds = z.coerce.number().int().min(1);
const mebibytes = z.coerce.number().int().min(0);
const times = z.coerce.number().int().min(1);
/** Three looks of the guard: a machine must not sleep before one has told who uses it. */
const soonestSleep = (3 * visitsInterval) / 1_000;
const sleepAfter = z.coerce
  .number()
  .int()
  .refine((after) => after === 0 || after >= soonestSleep, `must be 0, for never, or at least ${soonestSleep}`);
const path = z.string().refine(isAbsolute, 'must be an absolute path');
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

const addresses = z
  .string()
  .transform((text) => (text === '' ? [] : text.split(',')))
  .refine(
    (parts) => parts.every((part) => isIP(part) !== 0 && !part.includes('%')),
    'must be IP addresses with commas between them, like 203.0.113.7,2001:db8::7',
  );
const dnsServers = z
  .string()
  .transform((text) => (text === '' ? [] : text.split(',')))
  .refine(
    (parts) => parts.every(isDnsServer),
    'must be IP addresses with commas between them, each with a port where it is not 53, like 9.9.9.9,127.0.0.1:5353,[::1]:5353',
  );

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
  LIMIT_WAKES: times.default(240),
  PULUMI_CONFIG_PASSPHRASE: secret,
  TOOLCHAIN_DIR: path.default(resolve(root, '.toolchain')),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: port.default(8000),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).default('http://localhost'),
  SITES_DOMAIN: sitesDomain.optional(),
  PUBLIC_ADDRESSES: addresses.default([]),
  DNS_SERVERS: dnsServers.default([]),
  ACME_DIRECTORY: z.url({ protocol: /^https$/, error: 'must look like https://acme.example.org/directory' }).optional(),
  ACME_TERMS_AGREED: z.enum(['yes', 'no']).default('no'),
  ACME_EMAIL: z.email('must be an email address').optional(),
  ACME_CA_FILE: path.optional(),
  ACME_EAB_KID: z.string().max(500).optional(),
  ACME_EAB_HMAC_KEY: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,}={0,2}$/, 'must be in base64url, as the authority gives it')
    .optional(),
  ACME_DNS_HOOK: path.optional(),
  PROXY_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1'),
  PROXY_ADDRESS: z.ipv4().optional(),
  PROXY_SITES_DIR: path,
  PROXY_CONTROL_SOCKET: path,
  DEFAULT_LANGUAGE: z.enum(languages).default('ko'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NODE_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be lower-case letters, digits and dashes')
    .default('local'),
  LIBVIRT_URI: z.string().default('qemu:///system'),
  VM_NETWORK: network.default('192.168.122.0/24'),
  VM_STORAGE_DIR: path.default('/var/lib/webhoster/vms'),
  SSH_PORT_FIRST: port.default(10000),
  SSH_PORT_LAST: port.default(20000),
  BOOT_TIMEOUT_SECONDS: seconds.default(180),
  VM_NAMESERVERS: nameservers.default(['1.1.1.1', '9.9.9.9']),
  VM_REFUSED_NETWORKS: networks.default([]),
  // nft takes no more than 32 bits of bytes.
  VM_MEGABITS_PER_SECOND: z.coerce.number().int().min(1).max(30_000).default(200),
  PROXY_UID: z.coerce.number().int().min(1).default(33),
  GUARD_REPORT_FILE: path,
  GUARD_INTERVAL_SECONDS: seconds.default(60),
  SLEEP_AFTER_SECONDS: sleepAfter.default(900),
  SPARES_MIN: z.coerce.number().int().min(0).default(0),
  SPARES_MAX: z.coerce.number().int().min(0).default(0),
  MEMORY_RESERVE: mebibytes.optional(),
  MEMORY_FOR_MACHINES: mebibytes.optional(),
  DISK_RESERVE: mebibytes.optional(),
  SLEEP_CHOICE: z.enum(['users', 'operators']).default('users'),
  ACTIVATOR_SOCKET: path.optional(),
  HEARTBEAT_FILE: path.optional(),
});

const apiSchema = schema
  .omit({
    PULUMI_BACKEND_URL: true,
    PULUMI_CONFIG_PASSPHRASE: true,
    TOOLCHAIN_DIR: true,
    PUBLIC_ADDRESSES: true,
    DNS_SERVERS: true,
    PROXY_SITES_DIR: true,
    PROXY_CONTROL_SOCKET: true,
    GUARD_REPORT_FILE: true,
    MEMORY_RESERVE: true,
    MEMORY_FOR_MACHINES: true,
    DISK_RESERVE: true,
    VM_REFUSED_NETWORKS: true,
    SPARES_MIN: true,
    SPARES_MAX: true,
    ACME_DIRECTORY: true,
    ACME_TERMS_AGREED: true,
    ACME_EMAIL: true,
    ACME_CA_FILE: true,
    ACME_EAB_KID: true,
    ACME_EAB_HMAC_KEY: true,
    ACME_DNS_HOOK: true,
  })
  .refine((env) => env.SSH_PORT_FIRST <= env.SSH_PORT_LAST, {
    path: ['SSH_PORT_FIRST'],
    message: 'must not be greater than SSH_PORT_LAST',
  });

/** Also what prepares the node. */
const workerSchema = schema
  .omit({ JWT_SECRET: true })
  .refine((env) => env.ACME_DIRECTORY === undefined || env.ACME_TERMS_AGREED === 'yes', {
    path: ['ACME_TERMS_AGREED'],
    message:
      "must be 'yes' where ACME_DIRECTORY is set: read the authority's terms, which scripts/docker-start.sh names",
  })
  .refine((env) => (env.ACME_EAB_KID === undefined) === (env.ACME_EAB_HMAC_KEY === undefined), {
    path: ['ACME_EAB_KID'],
    message: 'and ACME_EAB_HMAC_KEY go together: set both, as the authority gives them, or neither',
  });

const guardSchema = schema.pick({
  NODE_NAME: true,
  VM_NETWORK: true,
  VM_STORAGE_DIR: true,
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

function isDnsServer(text: string): boolean {
  const [, six, four = text, digits = '53'] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return (six === undefined ? isIP(four) !== 0 : isIP(six) === 6) && port.safeParse(digits).success;
}

function isNetworkOfAnySize(text: string): boolean {
  if (!z.cidrv4().safeParse(text).success) return false;
  const [address] = ipaddr.IPv4.parseCIDR(text);
  return ipaddr.IPv4.networkAddressFromCIDR(text).toString() === address.toString();
}
