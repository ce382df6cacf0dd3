import { createHash } from 'node:crypto';

/** Highest user id that eight digits can name. */
export const maxUserId = 99_999_999;

export interface HostingNames {
  /** libvirt domain, and the `vm_id` that users see. */
  vmId: string;
  macAddress: string;
  stack: string;
  diskVolume: string;
  cloudInitVolume: string;
  consoleLog: string;
}

/**
 * Every name of a hosting, derived from its user's id, so that anything found on a node can be matched to its owner
 * or removed.
 * @throws RangeError when `userId` is not an integer from 1 to {@link maxUserId}.
 */
export function hostingNames(userId: number): HostingNames {
  if (!Number.isInteger(userId) || userId < 1 || userId > maxUserId) {
    throw new RangeError(`A user id is an integer from 1 to ${maxUserId}, not ${userId}.`);
  }
  const vmId = `vm-${String(userId).padStart(8, '0')}`;
  return {
    vmId,
    macAddress: macAddress(userId),
    stack: `hosting-${userId}`,
    diskVolume: `${vmId}.qcow2`,
    cloudInitVolume: `${vmId}.iso`,
    consoleLog: `${vmId}.log`,
  };
}

export interface NodeNames {
  /** In libvirt. */
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

/** 52:54 (locally administered, as QEMU's own) and the user id as 32 bits. */
function macAddress(userId: number): string {
  const bytes = Buffer.from([0x52, 0x54, 0, 0, 0, 0]);
  bytes.writeUInt32BE(userId, 2);
  return bytes.toString('hex').replace(/(..)(?=.)/g, '$1:');
}
