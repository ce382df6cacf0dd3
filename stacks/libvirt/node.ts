import type { NodeOutputs } from '../../programs/arguments.ts';
import { type NodeArgs, nodeProgram } from '../../programs/libvirt/node.ts';
import { nodeNames } from '../../programs/names.ts';
import { NodeNotPreparedError } from '../errors.ts';
import { asStackError, complaintOf } from '../failure.ts';
import { findNode, nodeStack, readNode } from '../node.ts';
import { withLockRecovery, forgetStack, isMissing, type Pulumi, withStack } from '../pulumi.ts';
import { libvirtError } from './errors.ts';
import { libvirtErrorOf, virsh, virshLines, volumeNames } from './virsh.ts';

export interface NodeSpec extends Omit<NodeArgs, 'images'> {
  image: NodeArgs['images'][0];
}

/**
 * Brings a node to what its program declares, looking first at what is really there. An image that an earlier call
 * brought stays beside a new one, for the VMs that have their disks over it.
 * @throws StackError
 */
export async function upNode(pulumi: Pulumi, { image, ...spec }: NodeSpec): Promise<NodeOutputs> {
  const signal = new AbortController().signal;
  const complaints: string[] = [];
  try {
    const before = await findNode(pulumi, spec.name);
    if (!before) await clearHalfMade(pulumi, spec);
    const earlier = before?.images ?? [];
    const others = earlier.filter(({ id }) => id !== image.id);
    const program = () => Promise.resolve({ node: nodeProgram({ ...spec, images: [image, ...others] }) });
    await withStack(pulumi, { name: nodeStack(spec.name), program, isNew: !before }, (stack) =>
      withLockRecovery(stack, () =>
        stack.up({
          refresh: true,
          onEvent: (event) => {
            const complaint = complaintOf(event);
            if (complaint) complaints.push(complaint);
          },
        }),
      ),
    );
    return await readNode(pulumi, spec.name);
  } catch (error) {
    throw await asStackError(error, { signal, errorOf: (cause) => libvirtErrorOf(spec.libvirtUri, cause), complaints });
  }
}

/**
 * Takes away what a first `up` left that was interrupted, and the state may not know of.
 * @throws NodeNotPreparedError when VMs have disks there: then it is the state that was lost.
 */
async function clearHalfMade(
  pulumi: Pulumi,
  { name, libvirtUri: uri }: Pick<NodeSpec, 'name' | 'libvirtUri'>,
): Promise<void> {
  const { pool, network } = nodeNames(name);
  const poolExists = (await virshLines(uri, 'pool-list', '--all', '--name')).includes(pool);
  if (poolExists && (await vmDisks(uri, pool)).length > 0) {
    throw new NodeNotPreparedError({
      message: `The state knows nothing of the node ${name}, but VMs have their disks in the pool ${pool}. Restore the database of Pulumi's state, or remove those VMs and disks.`,
    });
  }
  await removeNode(pulumi, name);
  if ((await virshLines(uri, 'net-list', '--all', '--name')).includes(network)) {
    if ((await virshLines(uri, 'net-list', '--name')).includes(network)) await virsh(uri, 'net-destroy', network);
    await virsh(uri, 'net-undefine', network);
  }
  if ((await virshLines(uri, 'pool-list', '--all', '--name')).includes(pool)) {
    if ((await virshLines(uri, 'pool-list', '--name')).includes(pool)) await virsh(uri, 'pool-destroy', pool);
    await virsh(uri, 'pool-undefine', pool);
  }
}

async function vmDisks(uri: string, pool: string): Promise<string[]> {
  if (!(await virshLines(uri, 'pool-list', '--name')).includes(pool)) await virsh(uri, 'pool-start', pool);
  await virsh(uri, 'pool-refresh', pool);
  return (await volumeNames(uri, pool)).filter((volume) => volume.startsWith('vm-'));
}

/** Takes a node's pool, network and images away. @throws StackError, for one while hostings are still on it. */
export async function removeNode(pulumi: Pulumi, name: string): Promise<void> {
  try {
    await withStack(pulumi, { name: nodeStack(name) }, async (stack) => {
      await withLockRecovery(stack, () => stack.destroy());
      await forgetStack(pulumi, stack, { force: false });
    });
  } catch (error) {
    if (isMissing(error)) return;
    const errorOf = (cause: Error) => Promise.resolve(libvirtError(cause));
    throw await asStackError(error, { signal: new AbortController().signal, errorOf });
  }
}
