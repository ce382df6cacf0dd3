// SSH ports of the range that other programs have, a real nginx.
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { askProxy, leftOutPorts } from '../../programs/site-provider/proxy-control.ts';
import { freeRange } from '../../scripts/dev/ports.ts';
import { startEdge, startTenant, untilClosed } from '../support/proxy/edge.ts';
import { run } from '../support/run.ts';

const greeting = 'SSH-2.0-machine\r\n';

async function listenOn(t: ExecutionContext, port: number, host: string): Promise<Server> {
  // The proxy breaks a connection off whose visitor has left.
  const server = createServer((socket) => socket.on('error', () => undefined).end(greeting)).listen(port, host);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

/** What answers on a port of the proxy. */
const said = (port: number, host = '127.0.0.1') => untilClosed(connect(port, host));

for (const host of ['127.0.0.1', '0.0.0.0', '::1'])
  test(`a port that a program has at ${host} is left out, and taken up when it is free; all else is served`, async (t) => {
    t.timeout(60_000);
    const first = await freeRange(5);
    const machine = await listenOn(t, 0, '127.0.0.1');
    const site = await startTenant((_request, response) => response.end('a page'));
    const others = await Promise.all([first + 1, first + 4].map((port) => listenOn(t, port, host)));
    const edge = await startEdge({ apiPort: site.port, sites: {}, sshPorts: { first, last: first + 4 } });
    t.teardown(async () => {
      await edge.stop();
      await site.stop();
    });
    const control = join(edge.directory, 'run/control.sock');
    const { port } = machine.address() as AddressInfo;
    for (let index = 0; index < 5; index++)
      edge.setSite(index + 1, { web: site.port, ssh: { port, at: first + index } });

    t.deepEqual(await leftOutPorts(control), [first + 1, first + 4]);
    t.is(await (await fetch(`http://127.0.0.1:${edge.httpPort}/2/`)).text(), 'a page');
    for (const index of [0, 2, 3]) t.is(await said(first + index), greeting);

    const [one] = others;
    await once(one?.close() ?? machine, 'close');
    while ((await leftOutPorts(control)).length > 1) await delay(100);
    t.deepEqual(await leftOutPorts(control), [first + 4]);
    t.is(await said(first + 1), greeting);
    t.is(await said(first + 1, '::1'), greeting, 'on IPv6 too');
  });

// Docker has it so on Ubuntu 24.04.
test.serial('more ports than a process may have files open at first are served', async (t) => {
  const limit = (soft: string) => run('prlimit', ['--pid', String(process.pid), `--nofile=${soft}:`]);
  const { stdout: before } = await run('prlimit', ['--nofile', '--output=SOFT', '--noheadings']);
  const first = await freeRange(1_500);
  await limit('1024');
  const edge = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first, last: first + 1_499 } });
  await limit(before.trim());
  t.teardown(edge.stop);
  const machine = await listenOn(t, 0, '127.0.0.1');
  edge.setSite(1, { web: 9, ssh: { port: (machine.address() as AddressInfo).port, at: first + 1_499 } });
  t.is(await said(first + 1_499), greeting);
});

test('a port that leads nowhere is closed, and one that leads to a site that has no SSH', async (t) => {
  const first = await freeRange(2);
  const edge = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first, last: first + 1 } });
  t.teardown(edge.stop);
  edge.setSite(1, { web: 9, ssh: { port: 0, at: first } });
  t.is(await said(first + 1), '');
  t.is(await said(first), '');
});

test('the proxy tells workers what it reads, and nothing outside of its folder', async (t) => {
  const edge = await startEdge({ apiPort: 9, sites: { 7: 9 } });
  t.teardown(edge.stop);
  const control = join(edge.directory, 'run/control.sock');
  t.regex((await askProxy(control, '/ids/7')) ?? '', /"web":"127\.0\.0\.1:9"/);
  for (const path of [
    '/ids/8',
    '/ids/',
    '/ids/..',
    '/ids/%2e%2e',
    '/ids/..%252f..%252frun%252flisten.conf',
    '/ids/7/',
    '/',
  ])
    t.is(await askProxy(control, path), null, path);
});
