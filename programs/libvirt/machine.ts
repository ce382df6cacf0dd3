import * as libvirt from '@pulumi/libvirt';
import type { LibvirtFacts, MachineArgs } from '../arguments.ts';
import { machineNames } from '../names.ts';
import { firstPage } from '../first-page.ts';
import { CloudInit } from './cloud-init.ts';
import { Vm } from './vm.ts';

/** Declares a machine: its disk and cloud-init disk, and its VM. */
export function declareLibvirtMachine(args: MachineArgs & { node: LibvirtFacts }): Vm {
  const { node, machineId, username, vmIp, powered } = args;
  const names = machineNames(machineId);
  const provider = new libvirt.Provider('libvirt', { uri: node.libvirtUri });
  const page = firstPage({ username, vmId: names.vmId });
  const cloudInit = new CloudInit('cloud-init', { ...args, names, firstPage: page }, { provider });
  return new Vm('vm', { names, node, address: vmIp, powered, cloudInitDisk: cloudInit.diskId }, { provider });
}

export const libvirtSteps = {
  'libvirt:index/volume:Volume': 'disk',
  'libvirt:index/domain:Domain': 'boot',
} as const;
