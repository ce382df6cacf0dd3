import { createHash } from 'node:crypto';

/** Highest id of a machine: PostgreSQL's integer. */
export const maxMachineId = 2 ** 31 - 1;

export interface MachineNames {
  /** Of the VM itself, and the `vm_id` that users see. */
  vmId: string;
  diskVolume: string;
  cloudInitVolume: string;
  consoleLog: string;
}

/** Name of a user's stack. */
export const hostingStack = (userId: number) => `hosting-${userId}`;

/** Name of the stack of a machine that is nobody's yet. */
export const spareStack = (machineId: number) => `spare-${machineId}`;

/**
 * Every name of a machine, derived from its id, which is never another's, on no node: so that anything found on a node can be
 * matched to its hosting or removed, and a machine may be there before it has a user.
 * @throws RangeError when `machineId` is not an integer from 1 to {@link maxMachineId}.
 */
export function machineNames(machineId: number): MachineNames {
  if (!Number.isInteger(machineId) || machineId < 1 || machineId > maxMachineId) {
    throw new RangeError(`The id of a machine is an integer from 1 to ${maxMachineId}, not ${machineId}.`);
  }
  const vmId = `vm-${String(machineId).padStart(8, '0')}`;
  return {
    vmId,
    diskVolume: `${vmId}.qcow2`,
    cloudInitVolume: `${vmId}.iso`,
    consoleLog: `${vmId}.log`,
  };
}

export interface NodeNames {
  /** Of disks. */
  pool: string;
  network: string;
  /** Network interface of the node that its VMs are on. */
  bridge: string;
}

/** Longest name of a network interface (Linux: IFNAMSIZ). */
const longestInterface = 15;

/** Names of what a node's hostings share. */
export function nodeNames(node: string): NodeNames {
  const bridge = `wh-${node}`;
  const short = `wh-${createHash('sha256').update(node).digest('hex')}`.slice(0, longestInterface);
  return {
    pool: `webhoster-${node}`,
    network: `webhoster-${node}`,
    bridge: bridge.length <= longestInterface ? bridge : short,
  };
}
