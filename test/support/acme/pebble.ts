// A real authority, and the DNS that it asks, each test file's own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts } from '../../../scripts/dev/ports.ts';
import { Service } from '../../../scripts/dev/service.ts';
import { run } from '../run.ts';

const withoutFaults = { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' };
const root = join(import.meta.dirname, '../../..');

export interface Pebble {
  directory: string;
  /** PEM of who vouches for the directory. */
  ca: string;
  /** File of the same. */
  caFile: string;
  /** Port at which it asks hosts, all of which are at its own address, for the files of HTTP-01. */
  httpPort: number;
  /** Address of its DNS, as `DNS_SERVERS` has it. */
  dnsServer: string;
  /** Changes what its DNS says: a call of pebble-challtestsrv, such as `set-servfail`. */
  dns: (call: string, body: object) => Promise<void>;
  /** Where the same is called by others. */
  dnsManagement: string;
  /** PEM of the certificate above all that it issues. */
  issuer: () => Promise<string>;
  /** What it has done so far. */
  log: () => string;
  service: Service;
  stop: () => Promise<void>;
}

export interface PebbleOptions {
  /** Seconds for which certificates are valid. */
  validity?: number;
  /** Hosts below these it never certifies. */
  blocked?: string[];
  httpPort?: number;
  /** IPv4 address of this machine at which all of it is; 127.0.0.1 by default. */
  address?: string;
  /** MAC keys, by id, one of which an account has to be bound to. */
  bindings?: Record<string, string>;
  /** Its faults: https://github.com/letsencrypt/pebble has them. Without any of these it has none, and is quick. */
  environment?: Record<string, string>;
}

/** Makes a certificate for localhost and an address, which vouches for itself. @returns its file, with `key.pem` beside it */
export async function selfSigned(folder: string, address = '127.0.0.1'): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'certificate.pem');
  const names = `subjectAltName=DNS:localhost,IP:${address}`;
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const made = [
    '-subj',
    '/CN=localhost',
    '-addext',
    names,
    '-days',
    '2',
    '-keyout',
    join(folder, 'key.pem'),
    '-out',
    file,
  ];
  await run('openssl', ['req', '-x509', ...curve, ...made]);
  return file;
}

/** Starts the DNS that it asks, at an address at which it has all hosts too. @returns its place, and what changes it */
async function startNames(programs: string, folder: string, host: string) {
  const [port = 0, management = 0] = await freePorts(2);
  const [address, place] = [`${host}:${port}`, `127.0.0.1:${management}`];
  const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv4', host, '-defaultIPv6', ''];
  const service = await new Service({
    name: 'pebble-challtestsrv',
    command: [join(programs, 'pebble-challtestsrv'), ...off, '-dnsserver', address, '-management', place],
    log: join(folder, 'dns.log'),
  }).untilReady(async () => (await fetch(`http://${place}/`)).status > 0);
  const change = async (call: string, body: object) => {
    const answer = await fetch(`http://${place}/${call}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`pebble-challtestsrv answers ${call} with ${answer.status}`);
  };
  return { address, change, service, management: `http://${place}` };
}

export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const { validity = 7_776_000, blocked = [], address = '127.0.0.1', environment = {}, bindings } = options;
  const programs = (await run(join(root, 'scripts/tests/pebble.sh'), [], { timeout: 280_000 })).stdout.trim();
  const folder = mkdtempSync(join(tmpdir(), 'webhoster-pebble-'));
  const [port = 0, management = 0, tlsPort = 0, freePort = 0] = await freePorts(4);
  const httpPort = options.httpPort ?? freePort;
  const caFile = await selfSigned(folder, address);
  const config = {
    listenAddress: `${address}:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: caFile,
    privateKey: join(folder, 'key.pem'),
    httpPort,
    tlsPort,
    domainBlocklist: blocked,
    ...(bindings && { externalAccountBindingRequired: true, externalAccountMACKeys: bindings }),
    retryAfter: { authz: 1, order: 1 },
    keyAlgorithm: 'ecdsa',
    profiles: { default: { description: 'of these tests', validityPeriod: validity } },
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ pebble: config }));
  const names = await startNames(programs, folder, address);
  const log = join(folder, 'pebble.log');
  const ca = readFileSync(caFile, 'utf8');
  const directory = `https://${address}:${port}/dir`;
  const service = await new Service({
    name: 'pebble',
    command: [join(programs, 'pebble'), '-config', join(folder, 'config.json'), '-dnsserver', names.address],
    environment: { ...withoutFaults, ...environment },
    log,
  }).untilReady(async () => (await ask(directory, ca)).includes('newOrder'));
  const stop = async () => {
    await Promise.all([service.stop(), names.service.stop()]);
    rmSync(folder, { recursive: true });
  };
  const issuer = () => ask(`https://localhost:${management}/roots/0`, ca);
  const seen = () => readFileSync(log, 'utf8');
  return {
    directory,
    ca,
    caFile,
    httpPort,
    dnsServer: names.address,
    dns: names.change,
    dnsManagement: names.management,
    issuer,
    log: seen,
    service,
    stop,
  };
}

async function ask(url: string, ca: string): Promise<string> {
  const headers = { 'User-Agent': 'tests of webhoster' };
  const asked = request(url, { ca, headers, signal: AbortSignal.timeout(10_000) }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return text(answer);
}
