// SSH to machines that sleep: a real nginx before a server that stands for one's sshd, beside what stands for the activator.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { freeRange } from '../../scripts/dev/ports.ts';
import { startActivator, type TestActivator } from '../support/proxy/activator.ts';
import { startEdge, type TestEdge, untilClosed } from '../support/proxy/edge.ts';

const greeting = 'SSH-2.0-machine\r\n';
const count = 14;

let edge: TestEdge;
let activator: TestActivator;
let machine: Machine;
let first: number;

interface Machine {
  server: Server;
  port: number;
  connections: Set<Socket>;
}

/** What stands for a machine's sshd: it greets, and sends back what it is sent. */
async function startMachine(): Promise<Machine> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => connections.delete(socket));
    socket.write(greeting);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port, connections };
}

test.before(async () => {
  machine = await startMachine();
  first = await freeRange(count);
  edge = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first, last: first + count - 1 }, wakeSeconds: 60 });
  activator = await startActivator(edge);
});
test.after.always(async () => {
  await Promise.all([edge.stop(), activator.stop()]);
  machine.server.close();
});

let last = 0;
/** A site of one test's own, whose machine sleeps, and its SSH port. */
function sleeper({ suspended = false, port = machine.port } = {}): { id: number; at: number } {
  const id = ++last;
  const at = first + id - 1;
  edge.setSite(id, { web: 9, ssh: { port, at }, suspended });
  edge.setAsleep(id, true);
  return { id, at };
}

function open(port: number, bytes = '', host = '127.0.0.1'): Socket {
  const socket = connect({ host, port });
  socket.on('error', () => undefined);
  if (bytes) socket.write(bytes);
  return socket;
}

test('the greeting comes when the machine is awake, whether the client spoke first or not, and all goes through', async (t) => {
  const { id, at } = sleeper();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  activator.wakes(id, () => ready);
  const said = ['', 'SSH-2.0-client\r\n'];
  const sockets = said.map((bytes) => open(at, bytes));
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  const got = sockets.map((socket) => {
    let text = '';
    socket.on('data', (data) => (text += data.toString()));
    return () => text;
  });
  await activator.untilAsked(id, 2);
  await delay(300);
  t.deepEqual(
    got.map((text) => text()),
    ['', ''],
  );
  resolve();
  while (got.some((text, index) => text() !== greeting + (said[index] ?? ''))) await delay(20);
  const later = open(at);
  t.is(await once(later, 'data').then(([data]) => String(data)), greeting);
  later.destroy();
  t.is(activator.asked(id).length, 2, 'awake, it asks nobody');
});

test('the activator is told whose connection it is', async (t) => {
  for (const [host, address] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
  ] as const) {
    const { id, at } = sleeper();
    activator.wakes(id, () => delay(10));
    const socket = open(at, '', host);
    await once(socket, 'data');
    socket.destroy();
    const [asked] = activator.asked(id);
    t.is(asked?.method, 'POST');
    t.is(asked?.headers['x-wake-for'], 'ssh');
    t.is(asked?.headers['x-client-address'], address);
  }
});

test('behind a proxy that is trusted nobody knows whose it is', async (t) => {
  const at = await freeRange(1);
  const trustedProxies = ['127.0.0.1'];
  const behind = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first: at }, trustedProxies });
  const its = await startActivator(behind);
  t.teardown(() => Promise.all([behind.stop(), its.stop()]));
  behind.setSite(1, { web: 9, ssh: { port: machine.port, at } });
  behind.setAsleep(1, true);
  its.answers.set(1, () => Promise.resolve(204));
  const socket = open(at);
  await once(socket, 'data');
  socket.destroy();
  t.is(its.asked(1)[0]?.headers['x-client-address'], undefined);
});

for (const status of [404, 429, 500, 503])
  test(`where the activator says ${status} the connection is closed`, async (t) => {
    const { id, at } = sleeper();
    activator.answers.set(id, () => Promise.resolve(status));
    t.is(await untilClosed(open(at)), '');
    t.is(activator.asked(id).length, 1);
  });

test('a site that is suspended is closed, and asks nobody', async (t) => {
  const { id, at } = sleeper({ suspended: true });
  t.is(await untilClosed(open(at)), '');
  t.deepEqual(activator.asked(id), []);
});

test('what is no SSH does not get through after the wake either', async (t) => {
  const { id, at } = sleeper();
  activator.wakes(id, () => delay(100));
  t.true([greeting, ''].includes(await untilClosed(open(at, 'GET / HTTP/1.1\r\n\r\n'))));
});

test('who goes away while they wait leaves nothing once the machine is awake', async (t) => {
  const { server, port, connections } = await startMachine();
  t.teardown(() => server.close());
  const { id, at } = sleeper({ port });
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  activator.wakes(id, () => ready);
  const sockets = Array.from({ length: 20 }, () => open(at, 'SSH-2.0-client\r\n'));
  await activator.untilAsked(id, 20);
  for (const socket of sockets) socket.destroy();
  resolve();
  const another = open(at);
  await once(another, 'data');
  another.destroy();
  while (connections.size > 0) await delay(20);
  t.pass();
});

test('an address has so many connections to a hosting that waits, and others still wake it', async (t) => {
  const { id, at } = sleeper();
  const sockets = Array.from({ length: 50 }, () => open(at));
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  await activator.untilAsked(id, 50);
  t.is(await untilClosed(open(at)), '');
  t.is(activator.asked(id).length, 50);
  activator.wakes(id, () => delay(10));
  const other = connect({ port: at, host: '127.0.0.1', localAddress: '127.0.0.8' });
  t.is(await once(other, 'data').then(([data]) => String(data)), greeting);
  other.destroy();
});

test('while the activator is away the connection is closed, and the log says why', async (t) => {
  const at = await freeRange(1);
  const alone = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first: at } });
  t.teardown(alone.stop);
  alone.setSite(7, { web: 9, ssh: { port: 9, at } });
  alone.setAsleep(7, true);
  t.is(await untilClosed(open(at)), '');
  t.regex(readFileSync(join(alone.directory, 'run/error.log'), 'utf8'), /the activator does not answer for the site 7/);
});
