import * as libvirt from '@pulumi/libvirt';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { renderDomainXslt } from '../../templates/libvirt.ts';
import type { LibvirtFacts } from '../arguments.ts';
import { machineMebibytes } from '../machine-size.ts';
import type { MachineNames } from '../names.ts';
import { slotOf } from '../slots.ts';

export interface VmArgs {
  names: MachineNames;
  /** IPv4 address. */
  address: string;
  /** Whether it is to be on, also after the node starts anew. */
  powered: boolean;
  node: LibvirtFacts;
  cloudInitDisk: Input<string>;
}

/** Limits that a website never notices, and that leave room for others where a guest is hostile. */
export const limits = {
  processorPercent: 100,
  emulatorPercent: 50,
  diskBytesPerSecond: 200 * 2 ** 20,
  diskOperationsPerSecond: 4_000,
  translationMebibytes: 64,
};

/** A disk over the shared image, and the libvirt domain that boots it. */
export class Vm extends ComponentResource {
  readonly domainId: Output<string>;

  constructor(name: string, args: VmArgs, options: ComponentResourceOptions) {
    super('webhoster:index:Vm', name, {}, options);
    const { names, node, address, powered, cloudInitDisk } = args;
    const { macAddress, port } = slotOf(address, node.prefixLength);
    const disk = new libvirt.Volume(
      `${name}-disk`,
      {
        name: names.diskVolume,
        pool: node.pool,
        baseVolumeName: node.image.volume,
        baseVolumePool: node.pool,
        format: 'qcow2',
      },
      // The provider answers any change of a volume by making it anew, without its data.
      { parent: this, ignoreChanges: ['*'] },
    );
    const domain = new libvirt.Domain(
      name,
      {
        name: names.vmId,
        type: node.domainType,
        vcpu: 1,
        cpu: { mode: node.domainType === 'kvm' ? 'host-passthrough' : 'maximum' },
        memory: machineMebibytes,
        kernel: node.image.kernel,
        ...(node.image.initrd && { initrd: node.image.initrd }),
        cmdlines: kernelArguments(node.image.cmdline),
        disks: [{ volumeId: disk.id }],
        cloudinit: cloudInitDisk,
        networkInterfaces: [{ networkName: node.network, mac: macAddress, waitForLease: false }],
        consoles: [{ type: 'pty', targetPort: '0', targetType: 'serial' }],
        xml: {
          xslt: renderDomainXslt({ consoleLog: `${node.consoleDirectory}/${names.consoleLog}`, port, limits }),
        },
        running: powered,
        autostart: powered,
      },
      // A VM keeps the kernel and the devices it was made with; a newer image is for newer VMs.
      {
        parent: this,
        ignoreChanges: ['kernel', 'initrd', 'cmdlines', 'networkInterfaces', 'xml'],
        deleteBeforeReplace: true,
      },
    );
    this.domainId = domain.id;
    this.registerOutputs({ domainId: this.domainId });
  }
}

/** The provider takes a map for each argument, with the key `_` for one that has no value. */
function kernelArguments(cmdline: string): Record<string, string>[] {
  return cmdline
    .split(' ')
    .filter(Boolean)
    .map((argument) => {
      const equals = argument.indexOf('=');
      return equals < 0 ? { _: argument } : { [argument.slice(0, equals)]: argument.slice(equals + 1) };
    });
}
