// The node's stack on the real engine and libvirt.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkFacts } from '../../api/config/network.ts';
import { freeNetwork } from '../../scripts/dev/network.ts';
import { removeNode } from '../../stacks/libvirt/node.ts';
import { readNode } from '../../stacks/node.ts';
import { withStack } from '../../stacks/pulumi.ts';
import type { TestEngine } from '../support/engine/engine.ts';
import { withoutState } from '../support/engine/state.ts';
import { virsh } from '../support/run.ts';
import { withEngine } from '../support/installation/with.ts';

const test = withEngine();

/** What VMs stand on: other ids would mean that it was made anew under them. */
async function foundations({ node: { network, pool } }: TestEngine): Promise<string[]> {
  return [await virsh('net-uuid', network), await virsh('pool-uuid', pool), await virsh('vol-list', '--pool', pool)];
}

test.serial('a later preparation that fails leaves all as it was, for the next one too', async (t) => {
  t.timeout(120_000);
  const { pulumi, nodeName, node, image } = t.context;
  const before = await foundations(t.context);
  const missing = { ...image, id: 'missing', root: '/nowhere/root.qcow2' };
  await t.throwsAsync(t.context.upNode({ image: missing }));
  t.deepEqual(await readNode(pulumi, nodeName), node);
  t.deepEqual(await t.context.upNode(), node);
  t.deepEqual(await foundations(t.context), before);
});

test.serial('workers that start at the same time each read what the node offers', async (t) => {
  const { pulumi, nodeName, node } = t.context;
  const readings = await Promise.all(Array.from({ length: 4 }, () => readNode(pulumi, nodeName)));
  t.deepEqual(readings, [node, node, node, node]);
});

test.serial('a node that an earlier version put up, which told no kind, is libvirt’s', async (t) => {
  const { pulumi, nodeName, node } = t.context;
  const name = `${nodeName}-earlier`;
  const { kind: _untold, ...told } = node;
  const program = () => Promise.resolve({ node: told });
  await withStack(pulumi, { name: `node-${name}`, program, isNew: true }, (stack) => stack.up());
  t.deepEqual(await readNode(pulumi, name), node);
  await removeNode(pulumi, name);
});

test.serial('without its state, a node with disks of VMs is left alone', async (t) => {
  t.timeout(120_000);
  const { pulumi, nodeName, directory, backendUrl } = t.context;
  const before = await foundations(t.context);
  const disk = join(directory, 'vms/disks/vm-00000001.qcow2');
  writeFileSync(disk, '');
  await withoutState(backendUrl, async () => {
    await t.throwsAsync(t.context.upNode(), { message: /VMs have their disks/ });
    await t.throwsAsync(readNode(pulumi, nodeName), { message: /prepare-node/ });
  });
  rmSync(disk);
  await virsh('pool-refresh', t.context.node.pool);
  t.deepEqual(await foundations(t.context), before);
});

test.serial('what a first preparation left that was killed is made anew', async (t) => {
  t.timeout(120_000);
  const { pulumi, directory, nodeName } = t.context;
  const name = `${nodeName}-b`;
  const network = freeNetwork();
  const storageDirectory = join(directory, 'vms-b');
  mkdirSync(join(storageDirectory, 'disks'), { recursive: true, mode: 0o711 });
  const file = join(directory, 'network.xml');
  writeFileSync(file, `<network><name>webhoster-${name}</name></network>`);
  await virsh('net-define', file);
  const node = await t.context.upNode({ name, network, ...networkFacts(network), storageDirectory });
  t.deepEqual(await readNode(pulumi, name), node);
  await removeNode(pulumi, name);
  await t.throwsAsync(readNode(pulumi, name));
  t.false((await virsh('net-list', '--all', '--name')).includes(`webhoster-${name}`));
});
