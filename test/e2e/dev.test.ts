// What a developer has of scripts/dev.sh: one command starts all, tells where it is, and Ctrl-C ends all of it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { freeNetwork } from '../../scripts/dev/network.ts';
import { freePorts, freeSshPorts } from '../../scripts/dev/ports.ts';
import { listens } from '../support/installation/leftovers.ts';
import { run, virsh } from '../support/run.ts';

const script = join(import.meta.dirname, '../../scripts/dev.sh');

test('one command starts all, and Ctrl-C ends it', async (t) => {
  t.timeout(600_000);
  const directory = mkdtempSync('/var/lib/webhoster-test-');
  chmodSync(directory, 0o711);
  const node = `test-${directory.slice(-6).toLowerCase()}`;
  const ports = await freePorts(5);
  const [http = 0, https = 0, api = 0, postgres = 0, redis = 0] = ports;
  const { PUBLIC_URL: _, ...environment } = process.env;
  const dev = spawn(script, {
    env: {
      ...environment,
      WEBHOSTER_DATA_DIR: directory,
      NODE_NAME: node,
      VM_NETWORK: freeNetwork(),
      ...(await freeSshPorts()),
      HTTP_PORT: String(http),
      HTTPS_PORT: String(https),
      API_PORT: String(api),
      POSTGRES_PORT: String(postgres),
      REDIS_PORT: String(redis),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(async () => {
    dev.kill('SIGKILL');
    // Nothing was made on the node but its pool and network.
    for (const what of ['net', 'pool']) {
      await virsh(`${what}-destroy`, `webhoster-${node}`);
      await virsh(`${what}-undefine`, `webhoster-${node}`);
    }
    await run('scripts/node/remove-firewall.sh', [node]);
    rmSync(directory, { recursive: true, force: true });
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: dev.stdout })) {
    lines.push(line);
    if (/Ctrl-C/.test(line)) break;
  }
  const output = lines.join('\n');
  t.true(output.includes(`http://localhost:${http}/api/v1`), output);
  t.is((await fetch(`http://localhost:${http}/api/v1/health/detailed`)).status, 200);
  t.deepEqual(await Promise.all(ports.map(listens)), [true, true, true, true, true]);

  const ended = once(dev, 'exit');
  dev.kill('SIGINT');
  t.deepEqual(await ended, [0, null]);
  t.deepEqual(await Promise.all(ports.map(listens)), [false, false, false, false, false]);
  const { stdout } = await run('ps', ['-eo', 'args']);
  t.false(stdout.includes(directory), 'no process is left');
});
