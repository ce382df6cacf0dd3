// What the proxy tells browsers, and keeps from sites: a real nginx before the real api and programs that stand for tenants.
import { connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { dataPolicy } from '../../templates/security-headers.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import {
  answerAsAsked,
  ask,
  siteSaying,
  startEdge,
  startTenant,
  type Tenant,
  type TestEdge,
  type Told,
  untilClosed,
} from '../support/proxy/edge.ts';
import { ownHeadersExpected } from './headers.ts';
import { freePorts } from '../../scripts/dev/ports.ts';

let api: TestApi;
let tenant: Tenant;
/** By what HTTPS_REDIRECT says. */
let edges: Record<'off' | 'on' | 'strict', TestEdge>;
let withoutApi: TestEdge;

test.before(async () => {
  [api, tenant] = await Promise.all([startApi(), startTenant(answerAsAsked)]);
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

test('sites, api and documents are there with and without encryption', async (t) => {
  for (const path of ['/1/', '/api/v1/health', '/docs', '/openapi.json']) {
    for (const secure of [false, true]) {
      const { status, headers } = await ask(edges.off, path, { secure });
      t.is(status, 200, path);
      t.is(headers['strict-transport-security'], undefined, path);
    }
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
  'a call in clear': [403, () => ask(edges.on, '/api/v1/health')],
};
for (const [name, [status, asked]] of Object.entries(ours)) {
  test(`headers of our own answers: ${name}`, async (t) => {
    const told = await asked();
    t.is(told.status, status);
    for (const [header, value] of Object.entries(ownHeadersExpected))
      t.is(told.headers[header.toLowerCase()], value, header);
    t.is(told.headers['content-security-policy'], dataPolicy);
    assertCharset(t, told);
    assertNoVersion(t, told);
  });
}

/** JSON is in UTF-8 whatever the header says (RFC 8259, 8.1), and has no such parameter. */
function assertCharset(t: ExecutionContext, { headers }: Told): void {
  const type = headers['content-type'] ?? '';
  t.regex(type, /^(?:application\/json(?:; charset=utf-8)?|text\/[a-z]+; charset=utf-8)$/);
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
  'an address in other letters': [404, '/%31/'],
  'an address with dots': [404, '/docs/../1/'],
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

test('our pages in place of a site’s say how they are encoded, and a site’s own are left as they are', async (t) => {
  for (const path of ['/1', '/2/', '/3/', '/docs', '/docs/start.js', '/docs/swagger-ui.css'])
    assertCharset(t, await ask(edges.off, path));
  for (const type of ['text/html', 'text/plain; charset=euc-kr'])
    t.is((await ask(edges.off, siteSaying(`Content-Type: ${type}`))).headers['content-type'], type);
});

test('the sandbox is on the answer to a body that is too large', async (t) => {
  const told = await askRaw(edges.off, get('/1/', `Content-Length: ${100 * 2 ** 20 + 1}\r\n`));
  t.is(told.status, 413);
  t.regex(String(told.headers['content-security-policy']), /; sandbox$/);
});

test('nothing of an address gets into a redirect’s headers', async (t) => {
  const told = await askRaw(edges.off, get('/1%0a?x:y'));
  t.is(told.status, 404);
  const injected = await askRaw(edges.on, get('/1%0d%0aX-Planted:%20yes'));
  t.is(injected.headers['x-planted'], undefined);
});
