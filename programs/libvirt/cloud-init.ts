import * as libvirt from '@pulumi/libvirt';
import { ComponentResource, type ComponentResourceOptions, type Output, secret } from '@pulumi/pulumi';
import { renderCloudInit } from '../../templates/cloud-init.ts';
import type { LibvirtFacts, MachineArgs } from '../arguments.ts';
import type { MachineNames } from '../names.ts';
import { slotOf } from '../slots.ts';

export interface CloudInitArgs extends Omit<MachineArgs, 'machineId' | 'powered' | 'username'> {
  /** HTML. */
  firstPage: string;
  node: LibvirtFacts;
  names: MachineNames;
}

/** The NoCloud disk that makes the shared image one user's machine at its first boot. */
export class CloudInit extends ComponentResource {
  readonly diskId: Output<string>;

  constructor(name: string, args: CloudInitArgs, options: ComponentResourceOptions) {
    super('webhoster:index:CloudInit', name, {}, options);
    const { names, node, proxy } = args;
    const files = renderCloudInit({
      vmId: names.vmId,
      instanceId: `${names.vmId}-${args.instanceId}`,
      macAddress: slotOf(args.vmIp, node.prefixLength).macAddress,
      address: `${args.vmIp}/${node.prefixLength}`,
      gateway: node.gateway,
      nameservers: node.nameservers,
      proxyAddresses: proxy.addresses,
      sshPublicKeys: args.sshPublicKeys,
      passwordHash: args.sshPasswordHash,
      randomSeed: args.randomSeed,
      welcomePage: args.firstPage,
    });
    const disk = new libvirt.CloudinitDisk(
      name,
      {
        name: names.cloudInitVolume,
        pool: node.pool,
        metaData: files.metaData,
        // Holds the password's hash and the random seed.
        userData: secret(files.userData),
        networkConfig: files.networkConfig,
      },
      // Read at the first boot and never again; another content would only replace the VM.
      { parent: this, ignoreChanges: ['*'] },
    );
    this.diskId = disk.id;
    this.registerOutputs({ diskId: this.diskId });
  }
}
