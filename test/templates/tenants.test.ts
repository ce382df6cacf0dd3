// What of a site’s and to a site goes through the proxy, and what does not: a real nginx before a program that stands for a tenant.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import test from 'ava';
import { freePorts } from '../../scripts/dev/ports.ts';
import { siteHidden, sitePolicy } from '../../templates/security-headers.ts';
import {
  answerAsAsked,
  ask,
  siteSaying,
  startEdge,
  startTenant,
  type Tenant,
  type TestEdge,
} from '../support/proxy/edge.ts';

let tenant: Tenant;
let edge: TestEdge;

test.before(async () => {
  tenant = await startTenant(answerAsAsked);
  tenant.server.on('upgrade', (_request, socket: Socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: a=1\r\n\r\n',
    );
    socket.on('data', (data: Buffer) => socket.end(`and back: ${data.toString()}`));
  });
  const [nobody = 0] = await freePorts(1);
  edge = await startEdge({ apiPort: nobody, sites: { 1: tenant.port, 2: nobody } });
});
test.after.always(async () => {
  await edge.stop();
  await tenant.stop();
});

/** The headers that a site is sent for a request. */
async function sentToSite(headers: Record<string, string | string[]>): Promise<Record<string, string>> {
  return JSON.parse((await ask(edge, '/1/', { headers })).text) as Record<string, string>;
}

test('a WebSocket goes through, with the site’s cookie', async (t) => {
  const { httpPort } = edge;
  const headers = { connection: 'Upgrade', upgrade: 'websocket' };
  const request = httpRequest({ host: '127.0.0.1', port: httpPort, path: '/1/', headers, agent: false });
  request.end();
  const [response, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket];
  t.is(response.statusCode, 101);
  t.is(response.headers['content-security-policy'], sitePolicy);
  t.deepEqual(response.headers['set-cookie'], ['site-1-a=1; Path=/1/']);
  socket.write('there');
  t.is(await readAll(socket), 'and back: there');
});

test('what would speak for the whole origin does not leave a site', async (t) => {
  const lines = [...siteHidden, 'X-Accel-Redirect', 'X-Accel-Limit-Rate', 'Server'].map((name) => `${name}: planted`);
  const { status, headers, text } = await ask(edge, siteSaying(...lines, 'X-Of-Its-Own: kept'), { secure: true });
  t.is(status, 200);
  t.is(headers['x-of-its-own'], 'kept');
  t.false(JSON.stringify(headers).includes('planted'));
  t.true(text.includes('x-forwarded-prefix'), 'X-Accel-Redirect was not followed');
});

/** What a site may send, and what arrives of it. */
const cookies: Record<string, string | undefined> = {
  'a=1': 'site-1-a=1; Path=/1/',
  'a=1; Path=/': 'site-1-a=1; Path=/1/',
  'a=1; path=/app; HttpOnly; Secure; SameSite=Lax': 'site-1-a=1; HttpOnly; Secure; SameSite=Lax; Path=/1/app',
  'a=1; Path=/1/app': 'site-1-a=1; Path=/1/app',
  'a=1; Path=/1': 'site-1-a=1; Path=/1',
  'a=1; Path=/12': 'site-1-a=1; Path=/1/12',
  'a=1; Path=/1/; Path=/': 'site-1-a=1; Path=/1/',
  'a=1; Path=/; Path=/1/x': 'site-1-a=1; Path=/1/x',
  'a=1; Path =/': 'site-1-a=1; Path=/1/',
  'a=1;\tPath\t=\t/': 'site-1-a=1; Path=/1/',
  'a=1;;;PATH=/;': 'site-1-a=1; Path=/1/',
  'a=1; Path="/"': 'site-1-a=1; Path=/1/',
  'a=1; Path=docs': 'site-1-a=1; Path=/1/',
  'a=1; Path=': 'site-1-a=1; Path=/1/',
  'a=1; Path': 'site-1-a=1; Path=/1/',
  'a=1; Path=/../': 'site-1-a=1; Path=/1/../',
  'a=1; Domain=localhost; Path=/': 'site-1-a=1; Path=/1/',
  'a=1; domain = .example.org': 'site-1-a=1; Path=/1/',
  'a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT; Max-Age=5':
    'site-1-a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT; Max-Age=5; Path=/1/',
  'a=1; SomethingNew=x': 'site-1-a=1; Path=/1/',
  'a=b=c=="': 'site-1-a=b=c=="; Path=/1/',
  'a=': 'site-1-a=; Path=/1/',
  '__Host-a=1; Secure; Path=/': 'site-1-__Host-a=1; Secure; Path=/1/',
  'site-2-a=1; Path=/2/': 'site-1-site-2-a=1; Path=/1/2/',
  '=__Host-webhoster=1; Path=/': undefined,
  '__Host-webhoster': undefined,
  'two words=1': undefined,
  '; Path=/': undefined,
};
for (const [given, expected] of Object.entries(cookies)) {
  test(`a site’s cookie is its own: ${JSON.stringify(given)}`, async (t) => {
    const { headers } = await ask(edge, siteSaying(`Set-Cookie: ${given}`));
    t.deepEqual(headers['set-cookie'], expected === undefined ? undefined : [expected]);
  });
}

test('each of several cookies is rewritten, on errors too', async (t) => {
  const path = `${siteSaying('Set-Cookie: a=1', 'Set-Cookie: b=2; Path=/', 'Set-Cookie: =c', 'Set-Cookie: d=4')}&status=500`;
  const { headers } = await ask(edge, path, { secure: true });
  t.deepEqual(headers['set-cookie'], ['site-1-a=1; Path=/1/', 'site-1-b=2; Path=/1/', 'site-1-d=4; Path=/1/']);
});

test('a site is sent its own cookies and no others', async (t) => {
  const sent = async (cookie: string | string[]) => (await sentToSite({ cookie }))['cookie'];
  t.is(await sent('__Host-webhoster=secret'), undefined);
  t.is(await sent('a=1; site-1-b=2; site-2-c=3; site-11-d=4; xsite-1-e=5;site-1-f=6=6'), 'b=2; f=6=6');
  t.is(await sent(['a=1', 'site-1-b=2', 'site-1-c=3']), 'b=2; c=3');
  t.is(await sent('site-1-__Host-x=1'), '__Host-x=1');
});

test('cookies that HTTP/2 sends in pieces are told apart too', async (t) => {
  const { httpsPort, certificate } = edge;
  const session = connectHttp2(`https://localhost:${httpsPort}`, { ca: readFileSync(certificate) });
  t.teardown(() => session.close());
  const request = session.request({
    ':path': '/1/',
    cookie: ['__Host-webhoster=secret', 'site-1-a=1', 'b=2'] as never,
  });
  const sent = JSON.parse(await readAll(request)) as Record<string, string>;
  t.is(sent['cookie'], 'a=1');
  t.is(sent['host'], `localhost:${httpsPort}`);
});

test('what a visitor says by Authorization goes to the site that asked for it', async (t) => {
  t.is((await sentToSite({ authorization: 'Basic eDp5' }))['authorization'], 'Basic eDp5');
});

test('a site asks for a password in its own name only, and for no other login', async (t) => {
  const challenge = async (value: string) =>
    (await ask(edge, `${siteSaying(`WWW-Authenticate: ${value}`)}&status=401`)).headers['www-authenticate'];
  t.is(await challenge('Basic realm="/2/"'), 'Basic realm="/1/"');
  t.is(await challenge('basic'), 'Basic realm="/1/"');
  for (const scheme of ['Negotiate', 'NTLM', 'Digest realm="x", nonce="y"', 'Bearer', 'Basically'])
    t.is(await challenge(scheme), undefined, scheme);
});

test('pages in the sandbox may read sites, and nobody else may unless a site says so', async (t) => {
  const allowed = async (origin: string, ...lines: string[]) => {
    const { headers } = await ask(edge, siteSaying(...lines), { headers: { origin } });
    t.true(String(headers.vary).includes('Origin'));
    return headers['access-control-allow-origin'];
  };
  t.is(await allowed('null'), 'null');
  t.is(await allowed('https://elsewhere.example'), undefined);
  t.is(await allowed('null', 'Access-Control-Allow-Origin: https://friend.example'), 'https://friend.example');
  t.is(await allowed('null', 'Access-Control-Allow-Credentials: true'), undefined);
  for (const path of ['/api/v1/health', '/docs', '/1', '/3/']) {
    const { headers } = await ask(edge, path, { headers: { origin: 'null' } });
    t.is(headers['access-control-allow-origin'], undefined, path);
  }
});

test('redirects of a site stay below its path, with encryption too', async (t) => {
  const to = async (location: string, secure = false) =>
    (await ask(edge, `${siteSaying(`Location: ${location}`)}&status=302`, { secure })).headers.location;
  const { httpPort, httpsPort } = edge;
  t.is(await to('/docs'), '/1/docs');
  t.is(await to(`http://localhost:${httpPort}/x`), '/1/x');
  t.is(await to(`https://localhost:${httpsPort}/x`, true), '/1/x');
  t.is(await to('https://elsewhere.example/x'), 'https://elsewhere.example/x');
});
