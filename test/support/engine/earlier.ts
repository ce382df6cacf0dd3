import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Slot } from '../../../programs/slots.ts';
import { virsh } from '../run.ts';

/** Name of the port of a VM that is on. */
export async function portOf(vmId: string): Promise<string> {
  return (await virsh('domiflist', vmId)).trim().split(/\s+/)[0] ?? '';
}

/**
 * Makes a VM anew as an earlier version made it: filtered by libvirt, at a port that libvirt names.
 * @param directory for its definition
 */
export async function makeEarlier(
  vmId: string,
  { address, macAddress }: Omit<Slot, 'port'>,
  directory: string,
): Promise<void> {
  const filter = `<filterref filter='clean-traffic'><parameter name='IP' value='${address}'/></filterref>`;
  const definition = (await virsh('dumpxml', '--inactive', vmId))
    .replace(/<mac address='[^']+'\/>/, `<mac address='${macAddress}'/>`)
    .replace(/<target dev='wh[^']+'\/>/, filter);
  const file = join(directory, 'earlier.xml');
  writeFileSync(file, definition);
  await virsh('destroy', vmId);
  await virsh('define', file);
  await virsh('start', vmId);
}
