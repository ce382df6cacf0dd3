// Starts a proxy, and tells as JSON what answers where. A program of its own, as the machine that it starts on is another one
// each time (ipv6.test.ts).
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { leftOutPorts } from '../../programs/site-provider/proxy-control.ts';
import { freeRange } from '../../scripts/dev/ports.ts';
import { ask, startEdge, startTenant, untilClosed } from '../support/proxy/edge.ts';

const greeting = 'SSH-2.0-machine\r\n';

/** What a listener is told on an address, as an error's code where it does not hear. */
async function said(port: number, host: string): Promise<string> {
  const socket = connect(port, host);
  try {
    await once(socket, 'connect');
    return await untilClosed(socket);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Whether somebody accepts connections there. */
async function hears(port: number): Promise<boolean> {
  const socket = connect(port, '::1').on('error', () => undefined);
  const heard = once(socket, 'connect').then(
    () => true,
    () => false,
  );
  return heard.finally(() => socket.destroy());
}

async function look() {
  const first = await freeRange(3);
  // The proxy breaks a connection off whose visitor has left.
  const machine = createServer((socket) => socket.on('error', () => undefined).end(greeting)).listen(0, '127.0.0.1');
  const other = createServer().listen(first + 1, '127.0.0.1');
  await Promise.all([once(machine, 'listening'), once(other, 'listening')]);
  const site = await startTenant((_request, response) => response.end('a page'));
  const edge = await startEdge({ apiPort: 9, sites: {}, sshPorts: { first, last: first + 2 } });
  const { port } = machine.address() as AddressInfo;
  edge.setSite(1, { web: site.port, ssh: { port, at: first + 2 }, hosts: ['gildong.localhost'] });
  const at = async (secure: boolean) => (await ask(edge, '/', { secure, headers: { host: 'gildong.localhost' } })).text;
  const told = {
    kernelHasIt: existsSync('/proc/net/if_inet6'),
    http: await at(false),
    https: await at(true),
    ssh: await said(first + 2, '127.0.0.1'),
    leftOut: (await leftOutPorts(join(edge.directory, 'run/control.sock'))).map((one) => one - first),
    onIPv6: { http: await hears(edge.httpPort), https: await hears(edge.httpsPort), ssh: await hears(first + 2) },
  };
  await Promise.all([edge.stop(), site.stop()]);
  for (const server of [machine, other]) server.close();
  return told;
}

process.stdout.write(JSON.stringify(await look()));
