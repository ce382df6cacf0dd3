// The encryption of the edge, looked at by a scanner, and its certificates.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { makeOwnCertificate, type OwnCertificate } from './certificates.ts';
import { startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../..');
const test = anyTest as TestFn<{ directory: string; own: OwnCertificate; edge: TestEdge; site: Tenant }>;
let scanner: string;

test.before(async (t) => {
  t.timeout(300_000);
  const { stdout } = await run(join(root, 'scripts/quality/install-python-tool.sh'), ['sslyze'], { timeout: 300_000 });
  scanner = join(stdout.trim(), 'sslyze');
});
test.beforeEach(async (t) => {
  const directory = mkdtempSync('/var/tmp/webhoster-tls-');
  const site = await startTenant((_request, response) => response.end('here'));
  const own = await makeOwnCertificate(directory, 'own');
  // What is there already goes where the rest does not come to be: else this process would not end.
  try {
    t.context = { directory, site, own, edge: await startEdge({ apiPort: site.port, sites: { 1: site.port } }) };
  } catch (error) {
    await site.stop();
    throw error;
  }
});
test.afterEach.always(async ({ context }) => {
  // Nothing where it could not be made.
  if (!('edge' in context)) return;
  const { directory, edge, site } = context;
  await edge.stop();
  await site.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** What the scanner finds to be other than Mozilla's recommendation ("intermediate"), by what it looked at. */
async function findings(edge: TestEdge, ...options: string[]): Promise<string[]> {
  const args = ['--mozilla_config=intermediate', ...options, `localhost:${edge.httpsPort}`];
  const { stdout } = await run(scanner, args, { timeout: 120_000 }).catch((error: unknown) => {
    const failed = error as { exitCode: unknown; stdout: string };
    if (failed.exitCode !== 1) throw error;
    return failed;
  });
  const [, verdict = ''] = stdout.split('COMPLIANCE AGAINST TLS CONFIGURATION');
  if (/: OK - Compliant/.test(verdict)) return [];
  return [...verdict.matchAll(/^ +\* (\w+): /gm)].map(([, name = '']) => name);
}

async function use({ edge }: { edge: TestEdge }, { chain, key }: OwnCertificate): Promise<void> {
  writeFileSync(edge.certificate, readFileSync(chain, 'utf8') + readFileSync(key, 'utf8'));
  await edge.takeCertificate();
}

test('with a certificate of an authority nothing is found', async (t) => {
  t.timeout(150_000);
  await use(t.context, t.context.own);
  t.deepEqual(await findings(t.context.edge, '--certinfo_ca_file', t.context.own.authority), []);
});

test('with the self-signed one it is only that', async (t) => {
  t.timeout(150_000);
  const found = await findings(t.context.edge);
  t.deepEqual(found.toSorted(), ['certificate_path_validation', 'maximum_certificate_lifespan']);
});

test('what is weak is found', async (t) => {
  t.timeout(150_000);
  const { directory } = t.context.edge;
  const file = join(directory, 'tls.conf');
  const weak = readFileSync(file, 'utf8')
    .replace(/ssl_protocols .*;/, 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2;')
    .replace(/ssl_ciphers .*;/, 'ssl_ciphers ALL:@SECLEVEL=0;');
  writeFileSync(file, weak);
  await t.context.edge.reload();
  const found = await findings(t.context.edge);
  t.true(found.includes('tls_versions'), found.join());
  t.true(found.includes('ciphers'), found.join());
});

test('only new versions, no tickets, no renegotiation', async (t) => {
  const { httpsPort, certificate } = t.context.edge;
  const options = { port: httpsPort, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(certificate) };
  const open = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'): Promise<TLSSocket> => {
    const socket = connectTls({ ...options, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' });
    t.teardown(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  await t.throwsAsync(open('TLSv1.1'), { message: /alert protocol version|unsupported protocol/ });
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = await open(version);
    t.is(socket.getProtocol(), version);
    t.is(socket.getTLSTicket(), undefined);
  }
});

/** The certificate that the proxy shows. */
async function shown({ httpsPort }: TestEdge, servername = 'localhost'): Promise<X509Certificate> {
  const socket = connectTls({ port: httpsPort, host: '127.0.0.1', servername, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerX509Certificate();
  socket.destroy();
  if (!certificate) throw new Error('There is no certificate.');
  return certificate;
}

test('a renewed certificate is taken without a break for those who are connected', async (t) => {
  const { edge, own, directory } = t.context;
  const before = await shown(edge);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  t.teardown(() => agent.destroy());
  const get = async () => {
    const request = httpsRequest({ port: edge.httpsPort, host: '127.0.0.1', path: '/1/', agent });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };
  t.is(await get(), 200);
  await use(t.context, own);
  t.is(await get(), 200);
  t.is((await shown(edge)).subject, 'CN=own');
  t.not((await shown(edge)).fingerprint256, before.fingerprint256);
  await use(t.context, await makeOwnCertificate(directory, 'renewed'));
  t.is((await shown(edge)).subject, 'CN=renewed');
});

test('what nginx cannot use is not taken', async (t) => {
  const { edge, own } = t.context;
  await use(t.context, own);
  for (const content of ['no certificate', readFileSync(own.chain, 'utf8')]) {
    writeFileSync(edge.certificate, content);
    await t.throwsAsync(edge.takeCertificate(), { message: /cannot load certificate/ });
    t.is((await shown(edge)).subject, 'CN=own');
  }
});

test('a certificate of all sites is theirs alone, and gone when its file is', async (t) => {
  const { edge, directory } = t.context;
  const service = await shown(edge);
  const { chain, key } = await makeOwnCertificate(directory, 'sites', '*.localhost');
  await installInto(edge, t, chain, key);
  t.is((await shown(edge, 'gildong.localhost')).subject, 'CN=sites');
  for (const other of ['localhost', 'a.b.localhost', 'gildong.example'])
    t.is((await shown(edge, other)).subject, service.subject, other);
  rmSync(join(edge.directory, 'tls/sites.pem'));
  await edge.takeCertificate();
  t.is((await shown(edge, 'gildong.localhost')).subject, service.subject);
});

/** Installs a certificate of all sites in a checkout, and gives its file to a proxy. */
async function installInto(edge: TestEdge, t: ExecutionContext<{ directory: string }>, chain: string, key: string) {
  await install(t, '--sites', chain, key);
  copyFileSync(join(t.context.directory, 'data/tls/sites.pem'), join(edge.directory, 'tls/sites.pem'));
  await edge.takeCertificate();
}

const selfSign = (file: string, host: string) => run(join(root, 'scripts/lib/self-signed.sh'), [file, host]);

test('a self-signed certificate is for this host, and only root reads its key', async (t) => {
  const file = join(t.context.directory, 'tls/edge.pem');
  await selfSign(file, 'hosting.example.org');
  t.is(statSync(file).mode & 0o777, 0o600);
  t.is(statSync(join(t.context.directory, 'tls')).mode & 0o777, 0o700);
  t.deepEqual(readdirSync(join(t.context.directory, 'tls')), ['edge.pem']);
  const certificate = new X509Certificate(readFileSync(file));
  t.is(certificate.subjectAltName, 'DNS:hosting.example.org, DNS:localhost, IP Address:127.0.0.1');
  t.is(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  await selfSign(file, '10.20.30.40');
  t.is(new X509Certificate(readFileSync(file)).checkIP('10.20.30.40'), '10.20.30.40');
});

test('it stays until it nears its end or the host has another name', async (t) => {
  const file = join(t.context.directory, 'edge.pem');
  const fingerprint = () => new X509Certificate(readFileSync(file)).fingerprint256;
  await selfSign(file, 'a.example.org');
  const first = fingerprint();
  await selfSign(file, 'a.example.org');
  t.is(fingerprint(), first);
  await selfSign(file, 'b.example.org');
  t.not(fingerprint(), first);
  await lapse(file);
  const lapsing = fingerprint();
  await selfSign(file, 'b.example.org');
  t.not(fingerprint(), lapsing);
});

/** Gives the certificate 30 more days and no longer. */
async function lapse(file: string): Promise<void> {
  const args = ['x509', '-in', file, '-signkey', file, '-days', '30', '-clrext', '-out', `${file}.short`];
  await run('openssl', args);
  writeFileSync(file, readFileSync(`${file}.short`, 'utf8') + readFileSync(file, 'utf8'));
}

test('one that somebody else made is left alone', async (t) => {
  const { own, directory } = t.context;
  const file = join(directory, 'edge.pem');
  copyFileSync(own.chain, file);
  await selfSign(file, 'another.example.org');
  t.deepEqual(readFileSync(file), readFileSync(own.chain));
});

/** Runs scripts/install-certificate.sh of a checkout whose containers do not run. */
async function install({ context }: ExecutionContext<{ directory: string }>, ...args: string[]) {
  const { directory } = context;
  cpSync(join(root, 'scripts'), join(directory, 'scripts'), { recursive: true });
  writeFileSync(
    join(directory, '.env'),
    `WEBHOSTER_DATA_DIR=${directory}/data\nCOMPOSE_PROJECT_NAME=none-such\nPUBLIC_URL=http://localhost\n`,
  );
  return run(join(directory, 'scripts/install-certificate.sh'), args);
}

test('a certificate of one’s own is installed', async (t) => {
  const { own, directory } = t.context;
  const { stdout } = await install(t, own.chain, own.key);
  t.regex(stdout, /certificate of CN=own, good until /);
  const file = join(directory, 'data/tls/edge.pem');
  t.is(statSync(file).mode & 0o777, 0o600);
  t.deepEqual(readdirSync(join(directory, 'data/tls')), ['edge.pem']);
  writeFileSync(t.context.edge.certificate, readFileSync(file));
  await t.context.edge.takeCertificate();
  t.is((await shown(t.context.edge)).subject, 'CN=own');
});

test('what is no certificate with its key is refused, and told why', async (t) => {
  const { own, directory } = t.context;
  const other = await makeOwnCertificate(directory, 'other');
  const locked = join(directory, 'locked.key');
  await run('openssl', ['pkey', '-in', own.key, '-aes256', '-passout', 'pass:secret', '-out', locked]);
  const forSites = await install(t, '--sites', own.chain, own.key).catch(
    (error: unknown) => error as { stderr: string },
  );
  t.regex(forSites.stderr, /is not for \*\.localhost/);
  const refusals: [string, string, RegExp][] = [
    [own.chain, other.key, /is not the key of/],
    [own.key, own.key, /has no certificate/],
    [own.chain, own.chain, /is no private key/],
    [own.chain, locked, /protected by a pass phrase/],
    [own.chain, join(directory, 'nowhere'), /^usage/],
  ];
  for (const [chain, key, words] of refusals)
    t.regex((await t.throwsAsync<Error & { stderr: string }>(install(t, chain, key)))?.stderr ?? '', words);
  t.throws(() => statSync(join(directory, 'data')), { code: 'ENOENT' });
});
