import * as libvirt from '@pulumi/libvirt';
import type { HostingArgs } from './arguments.ts';
import { CloudInit } from './libvirt/cloud-init.ts';
import { Site } from './site.ts';
import { Vm } from './libvirt/vm.ts';
import { machineNames } from './names.ts';

/** Declares one user's hosting: its disk and cloud-init disk, its VM, and its site. */
export function hostingProgram(args: HostingArgs): Record<string, unknown> {
  const { node, proxy, userId, machineId, vmIp, sshPort, hosts, certificates, powered, suspended } = args;
  const names = machineNames(machineId);
  const provider = new libvirt.Provider('libvirt', { uri: node.libvirtUri });
  const cloudInit = new CloudInit('cloud-init', { ...args, names }, { provider });
  const vm = new Vm('vm', { names, node, address: vmIp, powered, cloudInitDisk: cloudInit.diskId }, { provider });
  const site = { userId, address: vmIp, sshPort, hosts, certificates, suspended, proxy };
  new Site('site', site, { dependsOn: vm });
  return { vmId: names.vmId, vmIp, sshPort };
}
