import type { Machine } from './power.ts';
import { virsh } from './virsh.ts';

/** The least that libvirt takes for both versions of cgroups (formatdomain.html, `shares`); the usual weight differs by version. */
const least = 2;

/**
 * Has all other VMs go first where there is not enough processor for all, until the VM ends.
 * @returns what undoes that
 * @throws Error where libvirt cannot tell VMs apart so; LibvirtUnavailableError
 */
export async function letOthersGoFirst({ libvirtUri: uri, vmId }: Machine): Promise<() => Promise<void>> {
  const weigh = async (shares: number | string) => {
    await virsh(uri, 'schedinfo', vmId, '--live', '--set', `cpu_shares=${shares}`);
  };
  const output = await virsh(uri, 'schedinfo', vmId);
  const usual = /^cpu_shares\s*:\s*(\d+)/m.exec(output)?.[1];
  if (usual === undefined) throw new Error(`libvirt does not tell what ${vmId} weighs: ${output.trim()}`);
  await weigh(least);
  return () => weigh(usual);
}
