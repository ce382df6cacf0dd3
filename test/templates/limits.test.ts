// What the proxy does with clients that are slow, greedy, or speak something else: a real nginx.
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import test from 'ava';
import { freeRange } from '../../scripts/dev/ports.ts';
import { ask, startEdge, startTenant, type Tenant, type TestEdge, untilClosed } from '../support/proxy/edge.ts';

const held: ServerResponse[] = [];
const serverGreeting = 'SSH-2.0-server\r\n';
const clientGreeting = 'SSH-2.0-client\r\n';

let edge: TestEdge;
let slowSite: Tenant;
/** What stands for a VM's SSH server and sends back what it is sent, all of that, and the proxy's port for it. */
let ssh: { server: Server; received: Buffer[]; port: number };
/** The same for a web server on port 22 of a VM. */
let web: typeof ssh;

async function startVm(greeting: string): Promise<{ server: Server; received: Buffer[] }> {
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // The proxy cuts it off.
    socket.on('data', (data) => received.push(data));
    socket.write(greeting);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, received };
}

test.before(async () => {
  const vms = await Promise.all([startVm(serverGreeting), startVm('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi')]);
  slowSite = await startTenant(
    (request, response) => void (request.url === '/quick' ? response.end() : held.push(response)),
  );
  const first = await freeRange(2);
  edge = await startEdge({ apiPort: slowSite.port, sites: {}, sshPorts: { first, last: first + 1 } });
  [ssh, web] = vms.map((vm, index) => ({ ...vm, port: first + index })) as [typeof ssh, typeof ssh];
  for (const [index, { server, port: at }] of [ssh, web].entries())
    edge.setSite(index + 1, { web: slowSite.port, ssh: { port: (server.address() as AddressInfo).port, at } });
});
test.after.always(async () => {
  await edge.stop();
  await slowSite.stop();
  for (const { server } of [ssh, web]) server.close();
  rmSync(edge.directory, { recursive: true, force: true });
});

/** Seconds until the proxy closes a connection over which this was sent and no more. */
async function secondsUntilClosed(bytes: string): Promise<number> {
  const start = performance.now();
  const socket = connect(edge.httpPort, '127.0.0.1');
  socket.write(bytes);
  await untilClosed(socket);
  return (performance.now() - start) / 1_000;
}

test('who never ends a header is cut off', async (t) => {
  const seconds = await secondsUntilClosed('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  t.true(seconds > 10 && seconds < 25, String(seconds));
});

test('who never ends a body is cut off', async (t) => {
  t.timeout(60_000);
  const head = 'POST /api/v1/host HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n';
  const seconds = await secondsUntilClosed(`${head}begun`);
  t.true(seconds > 20 && seconds < 45, String(seconds));
});

test('an address has many requests at a time, and not any number; others are still served', async (t) => {
  t.timeout(60_000);
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = connect({ port: edge.httpPort, host: '127.0.0.1', localAddress: '127.0.0.9' });
    socket.on('error', () => undefined);
    socket.write('GET /1/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  });
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  while (held.length < 1_000) await once(slowSite.server, 'request');
  const another = async (path: string) => {
    const socket = connect({ port: edge.httpPort, host: '127.0.0.1', localAddress: '127.0.0.9' });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return readAll(socket);
  };
  t.regex(await another('/1/'), /^HTTP\/1\.1 429 [^]*Content-Security-Policy: sandbox/);
  t.regex(await another('/api'), /^HTTP\/1\.1 429 [^]*TOO_MANY_CONNECTIONS/);
  t.is((await ask(edge, '/1/quick')).status, 200);
});

/** A connection to an SSH port, over which this was sent. */
function open(port: number, bytes: string, localAddress = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  if (bytes) socket.write(bytes, 'latin1');
  return socket;
}

test('an address has some SSH connections to a hosting, and not any number; others are still served', async (t) => {
  const sockets = Array.from({ length: 50 }, () => open(ssh.port, '', '127.0.0.8'));
  t.teardown(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  t.is(await untilClosed(open(ssh.port, '', '127.0.0.8')), '');
  const other = open(ssh.port, '');
  const [greeting] = (await once(other, 'data')) as [Buffer];
  other.destroy();
  t.is(greeting.toString(), serverGreeting);
});

test.serial('SSH goes through whole, in any pieces', async (t) => {
  const socket = open(ssh.port, 'S');
  t.teardown(() => socket.destroy());
  await once(socket, 'data');
  const every = Buffer.from(Array.from({ length: 2 ** 20 }, (_, index) => index % 256));
  const sent = Buffer.concat([Buffer.from(clientGreeting), every]);
  socket.write(sent.subarray(1));
  let got = Buffer.alloc(0);
  while (got.length < sent.length) got = Buffer.concat([got, ...((await once(socket, 'data')) as [Buffer])]);
  t.true(got.equals(sent), 'it came back as it was');
});

for (const [what, bytes] of Object.entries({
  HTTP: 'GET / HTTP/1.1\r\nCookie: secret=1\r\n\r\n',
  TLS: '\x16\x03\x01\x02',
})) {
  test.serial(`nothing of ${what} reaches the SSH port of a VM, and nothing comes back`, async (t) => {
    ssh.received.length = 0;
    t.true([serverGreeting, ''].includes(await untilClosed(open(ssh.port, bytes))));
    t.deepEqual(ssh.received, []);
    t.is(await untilClosed(open(web.port, bytes)), '', 'a web server that speaks first');
    t.deepEqual(web.received, []);
  });
}
