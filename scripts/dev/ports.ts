import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Ports of the loopback interface on which nothing listens, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** How many SSH ports an installation has that runs beside others on a machine. */
const sshPortsBesideOthers = 50;

/** Variables of an installation for SSH ports that no other has: the proxy takes all of its range. */
export async function freeSshPorts(): Promise<{ SSH_PORT_FIRST: string; SSH_PORT_LAST: string }> {
  const first = await freeRange(sshPortsBesideOthers);
  return { SSH_PORT_FIRST: String(first), SSH_PORT_LAST: String(first + sshPortsBesideOthers - 1) };
}

/**
 * The first of so many ports in a row that nobody has; below those that the kernel gives to connections, which come and go.
 * Drawn at random, as others draw at the same time.
 */
export async function freeRange(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(21_000, 32_000 - count);
    const servers = Array.from({ length: count }, (_, index) => createServer().listen(first + index));
    const heard = await Promise.allSettled(servers.map((server) => once(server, 'listening')));
    const free = heard.every(({ status }) => status === 'fulfilled');
    await Promise.all(servers.filter(({ listening }) => listening).map((server) => once(server.close(), 'close')));
    if (free) return first;
  }
}
