// What tests make goes though they are killed; what belongs to one that runs stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { nodeNames } from '../../programs/names.ts';
import { freeNetwork } from '../../scripts/dev/network.ts';
import { run, virsh } from '../support/run.ts';
import { sweep, sweepAbandoned } from '../support/engine/traces.ts';

const script = join(import.meta.dirname, 'leave-traces.ts');

/** Everything that has the node's name. */
async function present(node: string): Promise<string[]> {
  const { network, bridge } = nodeNames(node);
  const outputs = {
    domain: await virsh('list', '--all', '--name'),
    network: await virsh('net-list', '--all', '--name'),
    pool: await virsh('pool-list', '--all', '--name'),
    table: (await run('/usr/sbin/nft', ['list', 'tables', 'inet'])).stdout,
    forwarding: (await run('iptables', ['--wait', '-S', 'FORWARD'])).stdout,
    link: (await run('ls', ['/etc/libvirt/webhoster'])).stdout,
    interface: existsSync(`/sys/class/net/${bridge}`) ? bridge : '',
  };
  return Object.entries(outputs).flatMap(([what, text]) =>
    [node, network, bridge].some((name) => text.includes(name)) ? [what] : [],
  );
}

async function makeTraces(t: ExecutionContext) {
  const directory = mkdtempSync('/var/lib/webhoster-test-');
  chmodSync(directory, 0o711);
  const node = `test-${directory.slice(-6).toLowerCase()}`;
  const address = freeNetwork().replace(/0\/24$/, '1');
  const child = spawn(process.execPath, [script, directory, node, address], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(async () => {
    child.kill('SIGKILL');
    await sweep({ node, directories: [directory] });
  });
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(60_000) });
  return { directory, node, child };
}

const all = ['domain', 'network', 'pool', 'table', 'forwarding', 'link', 'interface'];

test('what a test has made goes when it was killed, and not before', async (t) => {
  t.timeout(600_000);
  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  const one = await makeTraces(t);
  const other = await makeTraces(t);
  t.deepEqual(await present(one.node), all);
  t.false((await sweepAbandoned()).includes(one.node), 'its test runs');
  const ended = once(one.child, 'exit');
  one.child.kill('SIGKILL');
  await ended;
  t.true((await sweepAbandoned()).includes(one.node));
  t.deepEqual(await present(one.node), []);
  t.false(existsSync(one.directory));
  t.deepEqual(await present(other.node), all);
  t.deepEqual(await sweepAbandoned(), []);
});
