// The proxy starts, and serves all that it has to, on machines with IPv6, with IPv6 that is switched off, and without any.
import { join } from 'node:path';
import test from 'ava';
import { run } from '../support/run.ts';

const here = import.meta.dirname;

/** What has to hold of a program, each as another machine. */
const machines: Record<string, { command: string[]; kernelHasIt: boolean; hears: boolean }> = {
  'with IPv6': { command: [], kernelHasIt: true, hears: true },
  // Sockets of IPv6 can be had then, and no address for them, not even ::1.
  'whose IPv6 is switched off by sysctl': {
    command: [
      ...['unshare', '--net', 'sh', '-euc'],
      'ip link set lo up; sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ! ip -6 address show dev lo | grep -q ::1; exec "$@"',
      'sh',
    ],
    kernelHasIt: true,
    hears: false,
  },
  // As after a boot with `ipv6.disable=1`: no socket of IPv6 can be had, and /proc/net has no files of it (here none at all).
  'whose kernel has no IPv6': {
    command: [
      ...['unshare', '--mount', 'sh', '-euc', 'mount -t proc -o subset=pid proc /proc; exec "$@"', 'sh'],
      ...['perl', join(here, 'without-ipv6.pl')],
    ],
    kernelHasIt: false,
    hears: false,
  },
};

for (const [name, { command, kernelHasIt, hears }] of Object.entries(machines))
  test(`the proxy starts and serves on a machine ${name}`, async (t) => {
    t.timeout(120_000);
    const [program = '', ...args] = [...command, process.execPath, join(here, 'ipv6-look.ts')];
    const { stdout } = await run(program, args, { timeout: 100_000 });
    t.deepEqual(JSON.parse(stdout), {
      kernelHasIt,
      http: 'a page',
      https: 'a page',
      ssh: 'SSH-2.0-machine\r\n',
      leftOut: [1],
      onIPv6: { http: hears, https: hears, ssh: hears },
    });
  });
