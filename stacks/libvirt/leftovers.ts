import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LibvirtFacts } from '../../programs/arguments.ts';
import { type MachineNames, machineNames } from '../../programs/names.ts';
import { virsh, virshLines, volumeNames } from './virsh.ts';

/**
 * Removes whatever of a machine is on the node and unknown to Pulumi's state, as a process that was killed leaves it. Finds it
 * by its names; removing nothing is the usual case.
 * @throws when something could not be removed, or cannot be looked for.
 */
export async function removeLeftovers(node: LibvirtFacts, machineId: number): Promise<void> {
  const names = machineNames(machineId);
  const { libvirtUri: uri, pool } = node;
  if ((await virshLines(uri, 'list', '--all', '--name')).includes(names.vmId) && (await isOurs(node, names))) {
    await removeDomain(uri, names.vmId);
  }
  for (const volume of await volumeNames(uri, pool)) {
    if (volume === names.diskVolume || volume === names.cloudInitVolume)
      await virsh(uri, 'vol-delete', volume, '--pool', pool);
  }
  await rm(join(node.consoleDirectory, names.consoleLog), { force: true });
}

/**
 * libvirt goes on starting a VM whose client was killed, and says meanwhile that it is shut off. So it is destroyed whatever
 * its state: that waits for the start to end. A transient one, which has no definition, is gone by then.
 */
async function removeDomain(uri: string, name: string): Promise<void> {
  await virsh(uri, 'destroy', name).catch((error: unknown) => {
    if (!/domain is not running/.test(String(error))) throw error;
  });
  if ((await virshLines(uri, 'list', '--all', '--name')).includes(name))
    await virsh(uri, 'undefine', name, '--managed-save', '--snapshots-metadata', '--nvram');
}

/** Whether a VM is this node's, and not one of the same name of another installation on the machine. */
async function isOurs(
  { libvirtUri, consoleDirectory }: LibvirtFacts,
  { vmId, consoleLog }: MachineNames,
): Promise<boolean> {
  return (await virsh(libvirtUri, 'dumpxml', vmId)).includes(`'${join(consoleDirectory, consoleLog)}'`);
}
