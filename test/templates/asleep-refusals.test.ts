// What is told to whom waits for a machine that sleeps, and what they cannot do: a real nginx beside what stands for the
// activator.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { type Answer, startActivator, type TestActivator } from '../support/proxy/activator.ts';
import {
  ask,
  startEdge,
  startTenant,
  type Tenant,
  type TestEdge,
  type Told,
  untilClosed,
} from '../support/proxy/edge.ts';
import { ownHeadersExpected } from './headers.ts';

let edge: TestEdge;
let activator: TestActivator;
let machine: Tenant;

test.before(async () => {
  machine = await startTenant((_request, response) => response.end('the site'));
  edge = await startEdge({ apiPort: machine.port, sites: {}, wakeSeconds: 5 });
  activator = await startActivator(edge);
});
test.after.always(() => Promise.all([edge.stop(), activator.stop(), machine.stop()]));

let last = 0;
/** A site of one test's own, whose machine sleeps. */
function sleeper(on = edge): { id: number; host: string } {
  const id = ++last;
  const host = `site-${id}.localhost`;
  on.setSite(id, { web: machine.port, hosts: [host] });
  on.setAsleep(id, true);
  return { id, host };
}

const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const program = { accept: '*/*' };

/** An answer of ours in place of a site's. */
function assertOurs(t: ExecutionContext, told: Told, type: 'html' | 'plain'): void {
  t.is(told.headers['content-type'], `text/${type}; charset=utf-8`);
  for (const [header, value] of Object.entries(ownHeadersExpected))
    t.is(told.headers[header.toLowerCase()], value, header);
  t.regex(String(told.headers['content-security-policy']), /^default-src 'none'; .*; sandbox$/);
}

/** What the activator says, and what becomes of it. */
const refusals: Record<
  string,
  [said: Answer, status: number, retryAfter: string | undefined, korean: RegExp, english: RegExp]
> = {
  'it failed': [{ status: 503, retryAfter: 7 }, 503, '7', /깨울 수 없습니다/, /cannot be woken at the moment/],
  'no room': [{ status: 507, retryAfter: 30 }, 503, '30', /빈자리가 없습니다/, /server is full at the moment/],
  'too many': [{ status: 429, retryAfter: 900 }, 429, '900', /너무 많이 열었습니다/, /Too many sleeping sites/],
  'not there': [404, 404, undefined, /아직 사이트가 없습니다/, /There is no site here yet/],
  'a fault of its own': [500, 503, '30', /깨울 수 없습니다/, /cannot be woken at the moment/],
  'a redirect': [302, 503, '30', /깨울 수 없습니다/, /cannot be woken at the moment/],
};
for (const [name, [said, status, retryAfter, korean, english]] of Object.entries(refusals))
  test(`whom the activator refuses is told so, as a page or as text: ${name}`, async (t) => {
    const { id, host } = sleeper();
    activator.answers.set(id, () => Promise.resolve(said));
    for (const [path, more] of [
      [`/${id}/`, {}],
      ['/', { host }],
    ] as const)
      for (const headers of [page, program])
        for (const method of ['GET', 'POST']) {
          const body = method === 'POST' ? { body: 'x'.repeat(2_000_000) } : {};
          const told = await ask(edge, path, { headers: { ...headers, ...more }, method, ...body });
          t.is(told.status, status);
          t.is(told.headers['retry-after'], retryAfter);
          t.is(told.headers['refresh'], undefined);
          assertOurs(t, told, headers === page ? 'html' : 'plain');
          t.regex(told.text, korean);
          t.regex(told.text, english);
          t.is(told.text.includes('<'), headers === page);
        }
  });

test('who opens a page looks at nothing for 3 seconds, and then at a page that comes again by itself', async (t) => {
  t.timeout(60_000);
  const { id, host } = sleeper();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  activator.wakes(id, () => ready);
  const answers: string[] = [];
  const call = ask(edge, `/${id}/call`, { headers: program }).finally(() => answers.push('call'));
  const begun = performance.now();
  const told = await Promise.all([
    ask(edge, `/${id}/`, { headers: page }),
    ask(edge, '/', { headers: { ...page, host } }),
  ]);
  answers.push('page');
  t.true(performance.now() - begun > 2_500);
  for (const waiting of told) {
    t.is(waiting.status, 503);
    t.regex(waiting.text, /사이트가 깨어나는 중입니다[^]*This site is waking up/);
    t.is(waiting.headers['retry-after'], '2');
    t.is(waiting.headers['refresh'], '2');
    assertOurs(t, waiting, 'html');
  }
  const again = ask(edge, `/${id}/`, { headers: page });
  await activator.untilAsked(id, 4);
  resolve();
  t.is((await again).text, 'the site');
  t.is((await call).text, 'the site', 'what is no page goes on waiting');
  t.deepEqual(answers, ['page', 'call']);
});

test('what sends something goes on waiting, whatever it accepts, and is told in the end', async (t) => {
  t.timeout(60_000);
  const { id } = sleeper();
  const [posted, called] = await Promise.all([
    ask(edge, `/${id}/`, { method: 'POST', headers: page, body: 'x' }),
    ask(edge, `/${id}/`, { headers: program }),
  ]);
  for (const [told, type] of [
    [posted, 'html'],
    [called, 'plain'],
  ] as const) {
    t.is(told.status, 503);
    t.regex(told.text, /사이트가 깨어나는 중입니다[^]*This site is waking up/);
    t.is(told.headers['retry-after'], '2');
    t.is(told.headers['refresh'], undefined);
    assertOurs(t, told, type);
  }
});

test('while the activator is away sleeping sites have a page, all others are served, and the log says why', async (t) => {
  const alone = await startEdge({ apiPort: machine.port, sites: { 1000: machine.port } });
  t.teardown(alone.stop);
  const { id } = sleeper(alone);
  for (const headers of [page, program]) {
    const told = await ask(alone, `/${id}/`, { headers });
    t.is(told.status, 503);
    t.is(told.headers['retry-after'], '30');
    t.regex(told.text, /깨울 수 없습니다[^]*cannot be woken at the moment/);
  }
  t.is((await ask(alone, '/1000/')).text, 'the site');
  t.is((await ask(alone, '/api')).text, 'the site', 'the api');
  const log = readFileSync(join(alone.directory, 'run/error.log'), 'utf8');
  t.regex(log, /connect\(\) to unix:.*activator\.sock failed/);
});

test('nobody gets to the activator but by a site that sleeps', async (t) => {
  const { id, host } = sleeper();
  edge.setAsleep(id, false);
  for (const path of ['/.webhoster/wake', '/.webhoster/wake-for-page', '/.webhoster/not-woken'])
    for (const name of ['localhost', host, 'nobody.localhost', 'nobody.example'])
      for (const method of ['GET', 'POST']) {
        const { headers } = await ask(edge, path, { method, headers: { host: name, ...page } });
        t.is(headers['retry-after'], undefined, `${method} ${name}${path}`);
      }
  for (const nobody of ['', id]) t.deepEqual(activator.asked(nobody), []);
});

test('what stands in a body that nobody took is no request', async (t) => {
  const { id } = sleeper();
  activator.answers.set(id, () => Promise.resolve(503));
  const planted = `GET /${id}/planted HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  for (const [length, body] of [
    [`Content-Length: ${planted.length}`, planted],
    ['Transfer-Encoding: chunked', `${planted.length.toString(16)}\r\n${planted}\r\n0\r\n\r\n`],
  ]) {
    const socket = connect(edge.httpPort, '127.0.0.1');
    socket.write(`POST /${id}/ HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n${body}`);
    socket.write(`GET /api/next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const statuses = (await untilClosed(socket)).match(/HTTP\/1\.1 \d+/g);
    t.deepEqual(statuses, ['HTTP/1.1 503', 'HTTP/1.1 200']);
  }
  t.is(activator.asked(id).length, 2);
});

test('who is sent on from the path to the host wakes nobody before', async (t) => {
  const apart = await startEdge({ apiPort: 9, sites: {}, redirectPaths: true });
  const its = await startActivator(apart);
  t.teardown(() => Promise.all([apart.stop(), its.stop()]));
  const { id } = sleeper(apart);
  t.is((await ask(apart, `/${id}/`)).status, 307);
  t.deepEqual(its.asked(id), []);
});

test('what a visitor writes names no other site and no other address', async (t) => {
  const { id, host } = sleeper();
  const { id: other } = sleeper();
  activator.answers.set(id, () => Promise.resolve(404));
  for (const path of [`/${other}/`, `/?id=${other}`, `/a/..%2f${other}`]) await ask(edge, path, { headers: { host } });
  for (const path of [`/${id}/../${other}/`, `/${id}/%2e%2e/${other}/`]) await ask(edge, path);
  t.deepEqual(activator.asked(other), []);
  t.is(activator.asked(id).length, 5);
});

test.serial('who waits counts among the requests of their address', async (t) => {
  t.timeout(60_000);
  const waiting = await startEdge({ apiPort: machine.port, sites: {}, wakeSeconds: 60 });
  const its = await startActivator(waiting);
  t.teardown(() => Promise.all([waiting.stop(), its.stop()]));
  const { id } = sleeper(waiting);
  const open = () => {
    const socket = connect({ port: waiting.httpPort, host: '127.0.0.1', localAddress: '127.0.0.9' });
    socket.on('error', () => undefined);
    socket.write(`GET /${id}/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return socket;
  };
  const sockets = Array.from({ length: 1_000 }, open);
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  await its.untilAsked(id, 1_000);
  t.regex(await untilClosed(open()), /^HTTP\/1\.1 429 [^]*Content-Security-Policy: sandbox/);
  its.answers.set(id, () => Promise.resolve(503));
  t.is((await ask(waiting, `/${id}/`)).status, 503, 'others are answered');
  await delay(100);
  t.is(its.asked(id).length, 1_001, 'the one above asked nobody');
});
