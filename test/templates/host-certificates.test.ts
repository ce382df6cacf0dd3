// Which certificate a host shows, as files come and go under a real nginx, and what those see who prove that a host leads here.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import anyTest, { type TestFn } from 'ava';
import { proxySettings } from '../../scripts/dev/proxy.ts';
import { answerAsAsked, ask, startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';
import { makeOwnCertificate } from './certificates.ts';

interface Context {
  directory: string;
  sites: string;
  tenant: Tenant;
  edge: TestEdge;
}

const test = anyTest as TestFn<Context>;

test.beforeEach(async (t) => {
  const directory = mkdtempSync('/var/tmp/webhoster-host-certificates-');
  const tenant = await startTenant(answerAsAsked);
  const edge = await startEdge({ apiPort: tenant.port, sites: {}, httpsRedirect: 'on', sitesDomain: 'sites.example' });
  edge.setSite(1, { web: tenant.port, hosts: ['gildong.sites.example', 'gildong.example'] });
  const { sites } = proxySettings(edge.directory);
  for (const folder of ['certificates', 'wildcards', 'challenges']) mkdirSync(join(sites, folder));
  t.context = { directory, sites, tenant, edge };
});
test.afterEach.always(async ({ context: { directory, tenant, edge } }) => {
  await Promise.all([edge.stop(), tenant.stop()]);
  rmSync(directory, { recursive: true, force: true });
});

/** The name in the certificate that the proxy shows to who asks for a host; what went wrong where it shows none. */
async function shown({ edge }: Context, servername: string): Promise<string> {
  const socket = connectTls({ port: edge.httpsPort, host: '127.0.0.1', servername, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.subject.replace(/^CN=/, '') ?? 'none';
  } catch (error) {
    return (error as Error).message;
  } finally {
    socket.destroy();
  }
}

/** Puts a new certificate of this name where the proxy looks for it. */
async function put({ directory, sites }: Context, path: string, name: string): Promise<void> {
  const { chain, key } = await makeOwnCertificate(directory, name);
  writeFileSync(join(sites, path), readFileSync(chain, 'utf8') + readFileSync(key, 'utf8'));
}

test('its own, that of its domain, or the service’s, from one connection to the next', async (t) => {
  const { context } = t;
  const host = 'gildong.sites.example';
  const service = await shown(context, 'localhost');
  t.is(await shown(context, host), service);
  await put(context, 'wildcards/sites.example', 'of-all');
  t.is(await shown(context, host), 'of-all');
  await put(context, `certificates/${host}`, 'of-one');
  t.is(await shown(context, host), 'of-one');
  t.is(await shown(context, host.toUpperCase()), 'of-one', 'a name is a name in capitals too');
  await put(context, `certificates/${host}`, 'renewed');
  t.is(await shown(context, host), 'renewed');
  t.is(await shown(context, 'cheolsu.sites.example'), 'of-all');
  for (const other of ['sites.example', 'www.gildong.sites.example', 'localhost', 'nobodys.example'])
    t.is(await shown(context, other), service, other);
  rmSync(join(context.sites, 'certificates', host));
  t.is(await shown(context, host), 'of-all');
});

test('a connection that is open outlives a change, and no process is started', async (t) => {
  const { context } = t;
  const socket = connectTls({ port: context.edge.httpsPort, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  for (let round = 0; round < 10; round++) await put(context, 'certificates/gildong.sites.example', `round-${round}`);
  t.is(await shown(context, 'gildong.sites.example'), 'round-9');
  socket.write('GET / HTTP/1.1\r\nHost: gildong.sites.example\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.regex(answer.toString(), /^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('a name that could lead out of the folder is none', async (t) => {
  const { context } = t;
  const service = await shown(context, 'localhost');
  await put(context, 'ids/of-another', 'outside');
  // OpenSSL sends what it is told to.
  for (const name of ['../ids/of-another', 'x.../ids/of-another', '.', '..', 'x'.repeat(255), '_'])
    t.is(await shown(context, name), service, name);
});

test('where visitors are sent on to HTTPS, a host is that has a certificate', async (t) => {
  const { context } = t;
  const host = 'gildong.sites.example';
  const asked = (of: string, secure = false) => ask(context.edge, '/a?b', { secure, headers: { host: of } });
  t.is((await asked(host)).status, 200);
  await put(context, `certificates/${host}`, 'its-own');
  const location = `https://${host}:${context.edge.httpsPort}/a?b`;
  t.like(await asked(host), { status: 308, headers: { location } });
  t.is((await asked(host, true)).status, 200);
  t.is((await asked('gildong.example')).status, 200, 'another host of the same site');
});

test('a certificate that cannot be used harms that host alone', async (t) => {
  const { context } = t;
  writeFileSync(join(context.sites, 'certificates/gildong.sites.example'), 'no certificate');
  t.regex(await shown(context, 'gildong.sites.example'), /alert|closed|reset|disconnected/);
  t.is(await shown(context, 'gildong.example'), await shown(context, 'localhost'));
  t.is((await ask(context.edge, '/', { headers: { host: 'gildong.example' } })).status, 200);
});

test('who proves that a host leads here is answered in clear, whatever the host is', async (t) => {
  const { edge, sites } = t.context;
  const name = 'Ab_-9'.padEnd(43, 'x');
  const path = `/.well-known/acme-challenge/${name}`;
  const asked = async (host: string) => ask(edge, path, { headers: { host } });
  t.is((await asked('localhost')).status, 308, 'as always, to HTTPS');
  t.is((await asked('gildong.example')).status, 200, 'the site may have its own');
  t.is((await asked('nobodys.example')).status, 421);
  writeFileSync(join(sites, 'challenges', name), `${name}.proof`);
  for (const host of ['localhost', 'gildong.example', 'gildong.sites.example', 'nobodys.example'])
    t.like(await asked(host), { status: 200, text: `${name}.proof` }, host);
  for (const other of [`${path}/`, `${path}x`, `/x${path}`, '/.well-known/acme-challenge/..%2fids%2f1'])
    t.false((await ask(edge, other, { headers: { host: 'localhost' } })).text.includes('proof'), other);
  rmSync(join(sites, 'challenges', name));
  t.is((await asked('nobodys.example')).status, 421);
});
