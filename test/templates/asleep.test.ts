// Requests for sites whose machines sleep: a real nginx before a web server that stands for a machine, beside what stands for
// the activator.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect as connectHttp2, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { type Asked, startActivator, type TestActivator } from '../support/proxy/activator.ts';
import { ask, type AskOptions, startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';

let edge: TestEdge;
let activator: TestActivator;
let machine: Tenant;

/** Tells what arrived; `/events` is a stream. */
async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url?.endsWith('/events')) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: first\n\n');
    return;
  }
  const sum = createHash('sha256');
  for await (const chunk of request) sum.update(chunk as Buffer);
  const { method, url, headers } = request;
  response.end(JSON.stringify({ method, url, headers, sum: sum.digest('hex') }));
}

test.before(async () => {
  machine = await startTenant((request, response) => void tell(request, response));
  machine.server.on('upgrade', (_request, socket: Socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.on('data', (data: Buffer) => socket.end(`and back: ${data.toString()}`));
  });
  edge = await startEdge({ apiPort: 9, sites: {} });
  activator = await startActivator(edge);
});
test.after.always(() => Promise.all([edge.stop(), activator.stop(), machine.stop()]));

let last = 0;
/** A site of one test's own, whose machine sleeps. */
function sleeper(): { id: number; host: string } {
  const id = ++last;
  const host = `site-${id}.localhost`;
  edge.setSite(id, { web: machine.port, hosts: [host] });
  edge.setAsleep(id, true);
  return { id, host };
}

interface Arrived {
  method: string;
  url: string;
  headers: Record<string, string>;
  sum: string;
}

const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const untilAll = (asked: Asked[]) => Promise.all(asked.map(({ over }) => over));

/** The ways to a site, as a request needs them: below its path or at its host, with encryption or without. */
const ways: Record<string, (site: { id: number; host: string }) => { prefix: string; options: AskOptions }> = {
  'by its path': ({ id }) => ({ prefix: `/${id}`, options: {} }),
  'by its path with encryption': ({ id }) => ({ prefix: `/${id}`, options: { secure: true } }),
  'by its host': ({ host }) => ({ prefix: '', options: { headers: { host } } }),
  'by its host with encryption': ({ host }) => ({ prefix: '', options: { headers: { host }, secure: true } }),
};
for (const [name, way] of Object.entries(ways))
  test(`40 that come at once while a site sleeps are 40 answers: ${name}`, async (t) => {
    t.timeout(60_000);
    const site = sleeper();
    const { prefix, options } = way(site);
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    activator.wakes(site.id, () => ready);
    const bodies = Array.from({ length: 40 }, () => randomBytes(150_000).toString('hex'));
    const answers = bodies.map((body, index) =>
      ask(edge, `${prefix}/a%2Fb//?q=${index}`, { ...options, method: index % 2 ? 'POST' : 'PUT', body }),
    );
    await activator.untilAsked(site.id, 40);
    await delay(500);
    resolve();
    for (const [index, { status, text }] of (await Promise.all(answers)).entries()) {
      t.is(status, 200);
      const { method, url, sum } = JSON.parse(text) as Arrived;
      t.deepEqual({ method, url }, { method: index % 2 ? 'POST' : 'PUT', url: `/a%2Fb//?q=${index}` });
      t.is(
        sum,
        createHash('sha256')
          .update(bodies[index] ?? '')
          .digest('hex'),
      );
    }
    t.is(activator.asked(site.id).length, 40);
    t.deepEqual(await untilAll(activator.asked(site.id)), new Array(40).fill('answered'));

    t.is((await ask(edge, `${prefix}/again`, options)).status, 200);
    t.is(activator.asked(site.id).length, 40, 'awake, it asks nobody');
  });

test('the activator is told the visitor’s address and nothing that a visitor says', async (t) => {
  const site = sleeper();
  activator.wakes(site.id, () => delay(10));
  const headers = { 'x-client-address': '203.0.113.9', 'x-wake-for': 'nothing', cookie: 'site-1-a=secret', ...page };
  await ask(edge, `/${site.id}/?secret`, { method: 'POST', body: 'secret', headers });
  const [asked] = activator.asked(site.id);
  t.is(asked?.method, 'POST');
  t.is(asked?.body, '');
  t.deepEqual(asked?.headers, {
    host: 'activator',
    connection: 'close',
    'content-length': '0',
    'x-client-address': '127.0.0.1',
    'x-wake-for': 'http',
  });
});

test('what a trusted proxy in front says of the visitor’s address counts', async (t) => {
  const behind = await startEdge({ apiPort: 9, sites: { 1: machine.port }, trustedProxies: ['127.0.0.1'] });
  const its = await startActivator(behind);
  t.teardown(() => Promise.all([behind.stop(), its.stop()]));
  behind.setAsleep(1, true);
  its.wakes(1, () => delay(10));
  t.is((await ask(behind, '/1/', { headers: { 'x-forwarded-for': '10.0.0.1, 203.0.113.9' } })).status, 200);
  t.is(its.asked(1)[0]?.headers['x-client-address'], '203.0.113.9');
});

test('what arrives at the machine is as if it had been awake', async (t) => {
  const [site, other] = [sleeper(), sleeper()];
  activator.wakes(site.id, () => delay(10));
  edge.setAsleep(other.id, false);
  const headers = (id: number) => ({ cookie: `site-${id}-a=1; b=2`, 'x-forwarded-for': '203.0.113.9' });
  const [woken, awake] = await Promise.all(
    [site, other].map(async ({ id }) => {
      const told = await ask(edge, `/${id}/x?y`, { headers: headers(id) });
      return { ...told, text: told.text.replaceAll(`/${id}"`, '/ID"') };
    }),
  );
  t.is(woken?.text, awake?.text);
  t.deepEqual({ ...woken?.headers, date: '' }, { ...awake?.headers, date: '' });
});

for (const [name, way] of Object.entries(ways).filter(([, { name }]) => !name.includes('encryption')))
  test(`a WebSocket waits and opens, and a stream begins: ${name}`, async (t) => {
    const sites = [sleeper(), sleeper()] as const;
    for (const { id } of sites) activator.wakes(id, () => delay(300));
    const open = (site: (typeof sites)[number], path: string, more: Record<string, string>) => {
      const { prefix, options } = way(site);
      const headers = { ...(options.headers as Record<string, string> | undefined), ...more };
      const place = { host: '127.0.0.1', port: edge.httpPort, path: `${prefix}${path}`, headers, agent: false };
      return httpRequest(place).end();
    };
    const upgrade = open(sites[0], '/', { connection: 'Upgrade', upgrade: 'websocket' });
    const [, socket] = (await once(upgrade, 'upgrade')) as [IncomingMessage, Socket];
    socket.write('there');
    t.is(await readAll(socket), 'and back: there');
    const stream = open(sites[1], '/events', { accept: 'text/event-stream' });
    const [response] = (await once(stream, 'response')) as [IncomingMessage];
    const [first] = (await once(response, 'data')) as [Buffer];
    t.is(first.toString(), 'data: first\n\n');
    stream.destroy();
  });

for (const form of ['with its length', 'in chunks'])
  test(`a large upload waits at its sender, and arrives whole: ${form}`, async (t) => {
    t.timeout(60_000);
    const site = sleeper();
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    activator.wakes(site.id, () => ready);
    const body = Buffer.alloc(60_000_000, randomBytes(1_000));
    const place = { host: '127.0.0.1', port: edge.httpPort, path: `/${site.id}/`, method: 'POST', agent: false };
    const request = httpRequest({ ...place, headers: form === 'in chunks' ? {} : { 'content-length': body.length } });
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    let sent = 0;
    for (let at = 0; at < body.length; at += 100_000)
      request.write(body.subarray(at, at + 100_000), () => (sent += 100_000));
    request.end();
    await activator.untilAsked(site.id, 1);
    await delay(1_000);
    t.true(sent < 15_000_000, `the kernel has taken ${sent} bytes`);
    t.deepEqual(readdirSync(join(edge.directory, 'run/body')), [], 'nginx has kept none');
    resolve();
    const [response] = await answered;
    t.is((JSON.parse(await readAll(response)) as Arrived).sum, createHash('sha256').update(body).digest('hex'));
  });

test('by HTTP/2 it is the same, and who goes away leaves nothing', async (t) => {
  const site = sleeper();
  const session = connectHttp2(`https://localhost:${edge.httpsPort}`, { ca: readFileSync(edge.certificate) });
  t.teardown(() => session.close());
  const post = () => session.request({ ':path': `/${site.id}/`, ':method': 'POST' });
  const left = post().on('error', () => undefined);
  left.write('x'.repeat(30_000));
  await activator.untilAsked(site.id, 1);
  left.close(constants.NGHTTP2_CANCEL);
  t.is(await activator.asked(site.id)[0]?.over, 'left');
  activator.wakes(site.id, () => delay(500));
  const body = randomBytes(3_000_000);
  const answered = post();
  answered.end(body);
  t.is((JSON.parse(await readAll(answered)) as Arrived).sum, createHash('sha256').update(body).digest('hex'));
});

test('who goes away while they wait leaves nothing', async (t) => {
  const site = sleeper();
  for (const secure of [false, true])
    // Of what is larger than the kernel takes, the end does not get here before the machine is awake.
    for (const body of [undefined, 'x'.repeat(30_000)]) {
      const before = activator.asked(site.id).length;
      const controller = new AbortController();
      const asking = ask(edge, `/${site.id}/`, {
        secure,
        signal: controller.signal,
        ...(body && { method: 'POST', body }),
      });
      await activator.untilAsked(site.id, before + 1);
      controller.abort();
      await t.throwsAsync(asking);
      t.is(await activator.asked(site.id).at(-1)?.over, 'left');
    }
});

test('awake sites and those that are suspended or missing ask nobody', async (t) => {
  const [awake, suspended] = [sleeper(), sleeper()];
  edge.setAsleep(awake.id, false);
  edge.setSite(suspended.id, { web: machine.port, hosts: [suspended.host], suspended: true });
  edge.setAsleep(999, true);
  const statuses = async (id: number, host: string) => {
    const told = [await ask(edge, `/${id}/`, { headers: page }), await ask(edge, '/', { headers: { ...page, host } })];
    return told.map(({ status }) => status);
  };
  t.deepEqual(await statuses(awake.id, awake.host), [200, 200]);
  t.deepEqual(await statuses(suspended.id, suspended.host), [403, 403]);
  t.deepEqual(await statuses(999, 'site-999.localhost'), [404, 404]);
  for (const id of [awake.id, suspended.id, 999]) t.deepEqual(activator.asked(id), []);
});
