import { earliestKind, type NodeOutputs } from '../programs/arguments.ts';
import { NodeNotPreparedError } from './errors.ts';
import { type Pulumi, readOutputs } from './pulumi.ts';

export type { GuestImage, NodeOutputs } from '../programs/arguments.ts';

/** Name of a node's stack. */
export const nodeStack = (node: string) => `node-${node}`;

/** What the node offers. @throws NodeNotPreparedError when it was never put up. */
export async function readNode(pulumi: Pulumi, name: string): Promise<NodeOutputs> {
  const outputs = await findNode(pulumi, name);
  if (outputs) return outputs;
  throw new NodeNotPreparedError({
    message: `The node ${name} has no stack yet. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.`,
  });
}

/** As {@link readNode}, and null when it was never put up. */
export async function findNode(pulumi: Pulumi, name: string): Promise<NodeOutputs | null> {
  const outputs = (await readOutputs(pulumi, nodeStack(name)))?.['node'] as NodeOutputs | undefined;
  return outputs ? { ...outputs, kind: (outputs as Partial<NodeOutputs>).kind ?? earliestKind } : null;
}
