// Sites at hosts of their own, and hosts that nobody has: a real nginx before programs that stand for tenants.
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import {
  answerAsAsked,
  ask,
  startEdge,
  startTenant,
  type Tenant,
  type TestEdge,
  type Told,
  untilClosed,
} from '../support/proxy/edge.ts';
import { run } from '../support/run.ts';

let edge: TestEdge;
let tenant: Tenant;
let api: Tenant;

test.before(async () => {
  tenant = await startTenant(answerAsAsked);
  api = await startTenant((_request, response) => response.end('the service'));
  edge = await startEdge({ apiPort: api.port, sites: {} });
  edge.setSite(1, { web: tenant.port, hosts: ['gildong.localhost', 'www.gildong.example'] });
  edge.setSite(2, { web: 9, hosts: ['off.localhost'] });
});
test.after.always(() => Promise.all([edge.stop(), tenant.stop(), api.stop()]));

const at = (host: string, path = '/', secure = false): Promise<Told> => ask(edge, path, { secure, headers: { host } });

test('a site is at each of its hosts, with and without encryption, as it is', async (t) => {
  for (const host of [
    'gildong.localhost',
    'GILDONG.localhost',
    'gildong.localhost:80',
    'gildong.localhost.',
    'www.gildong.example',
  ])
    for (const secure of [false, true]) {
      const { status, headers, text } = await at(host, '/?h=X-Of-Its-Own:%20yes', secure);
      t.is(status, 200, host);
      t.is(headers['x-of-its-own'], 'yes');
      for (const name of ['content-security-policy', 'strict-transport-security', 'access-control-allow-origin'])
        t.is(headers[name], undefined, name);
      t.like(JSON.parse(text), { host, 'x-forwarded-proto': secure ? 'https' : 'http' });
    }
});

test('a site in Hangul is at the label of its name, which clients make of it', async (t) => {
  edge.setSite(4, { web: tenant.port, hosts: ['xn--wk0bu0i737a.localhost'] });
  for (const secure of [false, true])
    for (const host of ['xn--wk0bu0i737a.localhost', 'XN--WK0BU0I737A.localhost']) {
      const { status, text } = await at(host, '/', secure);
      t.is(status, 200, host);
      t.is((JSON.parse(text) as { host: string }).host, host);
    }
  for (const host of ['xn--wk0bu0i737a', 'xn--wk0bu0i737b.localhost', 'xn--.localhost'])
    t.not((await at(host)).status, 200, host);
  // As it is typed; curl has the name's label made by libidn2, where the terminal speaks UTF-8.
  for (const name of ['홍길동', 'xn--wk0bu0i737a']) {
    const url = `http://${name}.localhost:${edge.httpPort}/`;
    const { stdout } = await run('curl', ['--silent', '--show-error', url], { env: { LC_ALL: 'C.UTF-8' } });
    t.is((JSON.parse(stdout) as { host: string }).host, `xn--wk0bu0i737a.localhost:${edge.httpPort}`);
  }
});

test('its cookies, headers and challenges are its own', async (t) => {
  const lines = [
    'Set-Cookie: a=1; Path=/; SameSite=Lax',
    'WWW-Authenticate: Basic realm="x"',
    'Service-Worker-Allowed: /',
  ];
  const query = new URLSearchParams(lines.map((line): [string, string] => ['h', line])).toString();
  const { headers, text } = await ask(edge, `/?${query}`, {
    headers: { host: 'gildong.localhost', cookie: 'a=1; b=2' },
  });
  t.deepEqual(headers['set-cookie'], ['a=1; Path=/; SameSite=Lax']);
  t.is(headers['www-authenticate'], 'Basic realm="x"');
  t.is(headers['service-worker-allowed'], '/');
  t.like(JSON.parse(text), { cookie: 'a=1; b=2' });
});

test('a cookie for all hosts of a domain becomes one for this host', async (t) => {
  for (const domain of [
    '; Domain=localhost',
    '; domain = .localhost',
    ';DOMAIN=gildong.localhost',
    '; Domain=example; Domain=x',
  ]) {
    const query = new URLSearchParams({ h: `Set-Cookie: a=1${domain}; Path=/x` }).toString();
    t.deepEqual((await at('gildong.localhost', `/?${query}`)).headers['set-cookie'], ['a=1; Path=/x'], domain);
  }
});

test('what clears the cookies of a whole domain does not', async (t) => {
  for (const [said, left] of [
    ['"cookies"', '"cache"'],
    ['"*"', '"cache", "storage"'],
    ['"storage","cookies"', '"cache", "storage"'],
    ['*', '"cache"'],
  ]) {
    const query = new URLSearchParams({ h: `Clear-Site-Data: ${said}` }).toString();
    t.is((await at('gildong.localhost', `/?${query}`)).headers['clear-site-data'], left, said);
  }
  t.is((await at('gildong.localhost')).headers['clear-site-data'], undefined);
});

test('nothing of nginx’s is taken from a site', async (t) => {
  const { text } = await at('gildong.localhost', `/?h=${encodeURIComponent('X-Accel-Redirect: /pages/missing.html')}`);
  t.is((JSON.parse(text) as { host: string }).host, 'gildong.localhost');
  // A path of the service's at a site's host is the site's.
  for (const path of ['/pages/missing.html', '/api/v1/health', '/1/', '/login'])
    t.is((JSON.parse((await at('gildong.localhost', path)).text) as { host: string }).host, 'gildong.localhost', path);
});

test('a site that does not answer has the page that says so', async (t) => {
  const { status, headers, text } = await at('off.localhost');
  t.is(status, 502);
  t.regex(text, /This site does not answer/);
  t.regex(String(headers['content-security-policy']), /sandbox/);
});

test('a host below the sites’ domain without a site is missing', async (t) => {
  const hosts = ['nobody.localhost', 'a.gildong.localhost', '..localhost', `${'x'.repeat(250)}.localhost`];
  for (const host of hosts) {
    const { status, text } = await at(host);
    if (status === 400) continue; // nginx's own word for what is no host
    t.is(status, 404, host);
    t.regex(text, /There is no site here yet/);
  }
});

test('a host that nobody has is no site’s and not the service’s', async (t) => {
  for (const host of [
    'nobody.example',
    'localhost.example',
    'gildong.localhost.example',
    'example',
    '1.2.3.4.example',
    'ids',
    'gildong',
  ]) {
    const { status, text } = await at(host);
    t.is(status, 421, host);
    t.regex(text, /No site has this name/);
    t.false(text.includes('the service'));
  }
});

test('the service is at its own host, at addresses, and where there is no host at all', async (t) => {
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1', '192.0.2.7:80', '[::1]', '[2001:db8::1]:80'])
    t.is((await at(host)).text, 'the service', host);
  const socket = connect(edge.httpPort, '127.0.0.1');
  // As the container's health check asks.
  socket.write('GET /9/ HTTP/1.0\r\n\r\n');
  t.regex(await untilClosed(socket), /^HTTP\/1\.1 404 [^]*There is no site here yet/);
});

test('the name of an encrypted connection gives nobody another site', async (t) => {
  // The connection names `localhost` (SNI), the request another host: the request counts.
  t.is((await at('gildong.localhost', '/', true)).status, 200);
  t.is((await at('nobody.example', '/', true)).status, 421);
});

test('a site comes, changes and goes while a connection to it stays open', async (t) => {
  const slow = await startTenant((_request, response) => response.write('begun '));
  t.teardown(slow.stop);
  edge.setSite(3, { web: slow.port, hosts: ['changing.localhost'] });
  const socket = connect(edge.httpPort, '127.0.0.1');
  t.teardown(() => socket.destroy());
  socket.write('GET / HTTP/1.1\r\nHost: changing.localhost\r\n\r\n');
  await once(socket, 'data');
  edge.setSite(3, { web: tenant.port, hosts: ['changing.localhost'] });
  t.is((await at('changing.localhost')).status, 200);
  t.is(socket.readyState, 'open');
});

test('where the operator wants it, who comes by the path is sent on to the host', async (t) => {
  const apart = await startEdge({ apiPort: api.port, sites: { 3: tenant.port }, redirectPaths: true });
  t.teardown(apart.stop);
  apart.setSite(1, { web: tenant.port, hosts: ['gildong.localhost', 'www.gildong.example'] });
  const port = `:${apart.httpPort}`;
  const sentTo = async (path: string, host = `localhost${port}`, method = 'GET') => {
    const { status, headers } = await ask(apart, path, { headers: { host }, method });
    return headers.location ? `${status} ${headers.location}` : status;
  };
  t.is(await sentTo('/1/'), `307 http://gildong.localhost${port}/`);
  t.is(await sentTo('/1/a%2Fb//?q=%20', undefined, 'POST'), `307 http://gildong.localhost${port}/a%2Fb//?q=%20`);
  t.is(await sentTo('/1/', 'localhost'), '307 http://gildong.localhost/', 'at the port that was asked for');
  const encrypted = await ask(apart, '/1/', { secure: true, headers: { host: `localhost:${apart.httpsPort}` } });
  t.is(encrypted.status, 200, 'the host has no certificate yet');
  t.is(await sentTo('/3/'), 200, 'it has no host');
  t.is(await sentTo('/4/'), 404);
  t.is(await sentTo('/1/', `127.0.0.1${port}`), 200, 'workers look at it there');
  t.is(await sentTo('/', `gildong.localhost${port}`), 200);
  t.is((await ask(edge, '/1/')).status, 200, 'elsewhere it stays');
});
