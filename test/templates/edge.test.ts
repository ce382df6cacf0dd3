// What the proxy tells browsers, and keeps from sites: a real nginx before the real api and programs that stand for tenants.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { dataPolicy, siteHidden, sitePolicy } from '../../templates/security-headers.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { ask, startEdge, startTenant, type Tenant, type TestEdge, type Told, untilClosed } from '../support/edge.ts';
import { ownHeadersExpected } from '../support/headers.ts';
import { freePorts } from '../../scripts/dev/ports.ts';

let api: TestApi;
let tenant: Tenant;
/** By what HTTPS_REDIRECT says. */
let edges: Record<'off' | 'on' | 'strict', TestEdge>;
let withoutApi: TestEdge;

/** Answers as the query says: `status`, `h=Name: value` for each header. Tells the request's headers. */
const answer: RequestListener = (request, response) => {
  const { searchParams: query } = new URL(request.url ?? '', 'http://site');
  const headers = query.getAll('h').flatMap((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]);
  response.writeHead(Number(query.get('status') ?? 200), headers);
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(request.headers));
};

test.before(async () => {
  [api, tenant] = await Promise.all([startApi(), startTenant(answer)]);
  tenant.server.on('upgrade', (_request, socket: Socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: a=1\r\n\r\n',
    );
    socket.on('data', (data: Buffer) => socket.end(`and back: ${data.toString()}`));
  });
  const [nobody = 0] = await freePorts(1);
  const options = { apiPort: Number(new URL(api.url).port), sites: { 1: tenant.port, 2: nobody } };
  const [off, on, strict] = await Promise.all(
    (['off', 'on', 'strict'] as const).map((httpsRedirect) => startEdge({ ...options, httpsRedirect })),
  );
  edges = { off: off as TestEdge, on: on as TestEdge, strict: strict as TestEdge };
  withoutApi = await startEdge({ apiPort: nobody, sites: {} });
});
test.after.always(async () => {
  await Promise.all([...Object.values(edges), withoutApi].map((edge) => edge.stop()));
  await tenant.stop();
  await api.stop();
});

/** A site's address at which it answers with these headers. */
const siteSaying = (...lines: string[]) =>
  `/1/?${new URLSearchParams(lines.map((line): [string, string] => ['h', line])).toString()}`;

/** The headers that a site is sent for a request. */
async function sentToSite(headers: Record<string, string | string[]>): Promise<Record<string, string>> {
  return JSON.parse((await ask(edges.off, '/1/', { headers })).text) as Record<string, string>;
}

test('sites, api and documents are there with and without encryption', async (t) => {
  for (const path of ['/1/', '/api/v1/health', '/docs', '/openapi.json']) {
    for (const secure of [false, true]) {
      const { status, headers } = await ask(edges.off, path, { secure });
      t.is(status, 200, path);
      t.is(headers['strict-transport-security'], undefined, path);
    }
  }
});

test('HTTP is sent on to HTTPS where that is wanted, but for the api and the workers', async (t) => {
  for (const name of ['on', 'strict'] as const) {
    const { httpsPort } = edges[name];
    for (const path of ['/', '/1', '/1/x?y=%2Fz', '/api/v1/health']) {
      const { status, headers } = await ask(edges[name], path);
      t.is(status, 308);
      t.is(headers.location, `https://localhost:${httpsPort}${path}`);
      t.is(headers['strict-transport-security'], undefined, 'it means nothing without encryption');
    }
    const inner = await ask(edges[name], '/1/', { headers: { host: '127.0.0.1' } });
    t.is(inner.status, 200);
  }
});

test('browsers are held to HTTPS only where the operator asked for it', async (t) => {
  for (const path of ['/', '/1', '/1/', '/2/', '/3/', '/api/v1/health', '/docs']) {
    const { headers } = await ask(edges.strict, path, { secure: true });
    t.is(headers['strict-transport-security'], 'max-age=31536000', path);
    const without = await ask(edges.on, path, { secure: true });
    t.is(without.headers['strict-transport-security'], undefined, path);
  }
});

test('HTTP on the port of HTTPS is sent on', async (t) => {
  const { httpsPort } = edges.off;
  const { status, headers } = await ask({ ...edges.off, httpPort: httpsPort }, '/docs');
  t.is(status, 308);
  t.is(headers.location, `https://localhost:${httpsPort}/docs`);
});

/** Sends bytes as they are, and reads the answer. */
async function askRaw(edge: TestEdge, bytes: string): Promise<Told> {
  const socket = connect(edge.httpPort, '127.0.0.1');
  socket.write(bytes);
  const [head = '', text = ''] = (await untilClosed(socket)).split(/\r\n\r\n([^]*)/);
  const lines = head.split('\r\n').slice(1);
  const pairs = lines.map((line) => line.split(': ')).map(([name = '', value]) => [name.toLowerCase(), value]);
  const headers = Object.fromEntries(pairs) as Told['headers'];
  return { status: Number(head.split(' ')[1]), headers, text };
}

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${more}\r\n`;

/** Answers that are ours, of the api and of nginx, with their status. */
const ours: Record<string, [status: number, asked: () => Promise<Told>]> = {
  'a call': [200, () => ask(edges.off, '/api/v1/health')],
  'a call that needs a login': [401, () => ask(edges.off, '/api/v1/host/my', { secure: true })],
  'an address without anything': [404, () => ask(edges.off, '/nowhere')],
  'a method that is not there': [405, () => ask(edges.off, '/api/v1/health', { method: 'DELETE' })],
  'the document': [200, () => ask(edges.off, '/openapi.json')],
  'a body that is too large': [
    413,
    () => ask(edges.off, '/api/v1/host', { method: 'POST', body: 'x'.repeat(2 ** 20 + 1) }),
  ],
  'the api is down': [503, () => ask(withoutApi, '/api/v1/health')],
  'no HTTP': [400, () => askRaw(edges.off, 'nonsense\r\n\r\n')],
  'an endless address': [414, () => askRaw(edges.off, get(`/${'x'.repeat(17_000)}`))],
  'an endless header': [400, () => askRaw(edges.off, get('/', `X-Long: ${'x'.repeat(17_000)}\r\n`))],
  TRACE: [405, () => askRaw(edges.off, get('/').replace('GET', 'TRACE'))],
  'sent on to HTTPS': [308, () => ask(edges.on, '/docs')],
};
for (const [name, [status, asked]] of Object.entries(ours)) {
  test(`headers of our own answers: ${name}`, async (t) => {
    const told = await asked();
    t.is(told.status, status);
    for (const [header, value] of Object.entries(ownHeadersExpected))
      t.is(told.headers[header.toLowerCase()], value, header);
    t.is(told.headers['content-security-policy'], dataPolicy);
    assertNoVersion(t, told);
  });
}

function assertNoVersion(t: ExecutionContext, { headers, text }: Told): void {
  t.is(headers.server, 'nginx');
  for (const name of ['x-powered-by', 'via', 'x-aspnet-version']) t.is(headers[name], undefined, name);
  t.notRegex(text, /nginx\/|openresty|koa|node\.?js/i);
}

test('a page of ours lets in what bears the nonce of this one answer', async (t) => {
  const pages = await Promise.all([1, 2].map(() => ask(edges.off, '/docs')));
  const nonces = pages.map(({ headers, text }) => {
    const policy = String(headers['content-security-policy']);
    t.notRegex(policy, /unsafe|\*|script-src[^;]*'self'/);
    t.regex(policy, /^default-src 'none'; .*frame-ancestors 'none'/);
    const [, nonce = ''] = /script-src 'nonce-([^']+)'/.exec(policy) ?? [];
    t.is(text.match(/<(?:script|style|link rel="stylesheet")/g)?.length, text.split(`nonce="${nonce}"`).length - 1);
    t.notRegex(text, /<script>|<style|\son\w+=/);
    return nonce;
  });
  t.not(nonces[0], nonces[1]);
  t.true((nonces[0] ?? '').length >= 20);
});

/** Answers below a site's path, the proxy's own included. */
const siteAnswers: Record<string, [status: number, path: string, method?: string]> = {
  'a page': [200, '/1/'],
  'something else': [200, siteSaying('Content-Type: image/svg+xml')],
  'not modified': [304, '/1/?status=304'],
  'a redirect': [302, '/1/?status=302&h=Location:%20/x'],
  'an error': [500, '/1/?status=500'],
  'the path without its slash': [308, '/1'],
  'no such site': [404, '/3/'],
  'a site that does not answer': [502, '/2/'],
  'a policy of the site’s own': [
    200,
    siteSaying("Content-Security-Policy: script-src 'self'; sandbox allow-same-origin"),
  ],
  'an address in other letters': [200, '/%31/'],
  'an address with dots': [200, '/docs/../1/'],
  HEAD: [200, '/1/', 'HEAD'],
};
for (const [name, [status, path, method = 'GET']] of Object.entries(siteAnswers)) {
  test(`the sandbox is on every answer of a site: ${name}`, async (t) => {
    for (const secure of [false, true]) {
      const told = await ask(edges.off, path, { secure, method });
      t.is(told.status, status);
      const policies = String(told.headers['content-security-policy']).split(', ');
      const sandbox = policies.at(-1)?.split('; ').at(-1) ?? '';
      t.regex(sandbox, /^sandbox\b/);
      t.notRegex(sandbox, /same-origin|storage-access|allow-top-navigation(?!-by)/);
      assertNoVersion(t, told);
    }
  });
}

test('the sandbox is on the answer to a body that is too large', async (t) => {
  const told = await askRaw(edges.off, get('/1/', `Content-Length: ${100 * 2 ** 20 + 1}\r\n`));
  t.is(told.status, 413);
  t.is(told.headers['content-security-policy'], sitePolicy);
});

test('a WebSocket goes through, with the site’s cookie', async (t) => {
  const { httpPort } = edges.off;
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
  const { status, headers, text } = await ask(edges.off, siteSaying(...lines, 'X-Of-Its-Own: kept'), { secure: true });
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
    const { headers } = await ask(edges.off, siteSaying(`Set-Cookie: ${given}`));
    t.deepEqual(headers['set-cookie'], expected === undefined ? undefined : [expected]);
  });
}

test('each of several cookies is rewritten, on errors too', async (t) => {
  const path = `${siteSaying('Set-Cookie: a=1', 'Set-Cookie: b=2; Path=/', 'Set-Cookie: =c', 'Set-Cookie: d=4')}&status=500`;
  const { headers } = await ask(edges.off, path, { secure: true });
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
  const { httpsPort, certificate } = edges.off;
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
    (await ask(edges.off, `${siteSaying(`WWW-Authenticate: ${value}`)}&status=401`)).headers['www-authenticate'];
  t.is(await challenge('Basic realm="/2/"'), 'Basic realm="/1/"');
  t.is(await challenge('basic'), 'Basic realm="/1/"');
  for (const scheme of ['Negotiate', 'NTLM', 'Digest realm="x", nonce="y"', 'Bearer', 'Basically'])
    t.is(await challenge(scheme), undefined, scheme);
});

test('pages in the sandbox may read sites, and nobody else may unless a site says so', async (t) => {
  const allowed = async (origin: string, ...lines: string[]) => {
    const { headers } = await ask(edges.off, siteSaying(...lines), { headers: { origin } });
    t.true(String(headers.vary).includes('Origin'));
    return headers['access-control-allow-origin'];
  };
  t.is(await allowed('null'), 'null');
  t.is(await allowed('https://elsewhere.example'), undefined);
  t.is(await allowed('null', 'Access-Control-Allow-Origin: https://friend.example'), 'https://friend.example');
  t.is(await allowed('null', 'Access-Control-Allow-Credentials: true'), undefined);
  for (const path of ['/api/v1/health', '/docs', '/1', '/3/']) {
    const { headers } = await ask(edges.off, path, { headers: { origin: 'null' } });
    t.is(headers['access-control-allow-origin'], undefined, path);
  }
});

test('redirects of a site stay below its path, with encryption too', async (t) => {
  const to = async (location: string, secure = false) =>
    (await ask(edges.off, `${siteSaying(`Location: ${location}`)}&status=302`, { secure })).headers.location;
  const { httpPort, httpsPort } = edges.off;
  t.is(await to('/docs'), '/1/docs');
  t.is(await to(`http://localhost:${httpPort}/x`), '/1/x');
  t.is(await to(`https://localhost:${httpsPort}/x`, true), '/1/x');
  t.is(await to('https://elsewhere.example/x'), 'https://elsewhere.example/x');
});

test('nothing of an address gets into a redirect’s headers', async (t) => {
  const told = await askRaw(edges.off, get('/1%0a?x:y'));
  t.is(told.status, 404);
  const injected = await askRaw(edges.on, get('/1%0d%0aX-Planted:%20yes'));
  t.is(injected.headers['x-planted'], undefined);
});
