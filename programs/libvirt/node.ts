import { basename, join } from 'node:path';
import * as libvirt from '@pulumi/libvirt';
import * as pulumi from '@pulumi/pulumi';
import { renderNetworkXslt } from '../../templates/libvirt.ts';
import { nodeNames } from '../names.ts';
import type { GuestImage, ImageFacts, LibvirtFacts, NodeOutputs } from '../arguments.ts';

export interface NodeArgs {
  name: string;
  libvirtUri: string;
  domainType: LibvirtFacts['domainType'];
  /** Absolute path on the node; VMs' disks and consoles live in it. */
  storageDirectory: string;
  /** IPv4 network of the VMs in CIDR notation, and its first host address. */
  network: string;
  gateway: string;
  prefixLength: number;
  nameservers: string[];
  /** The image of new VMs first; the others are those under older VMs, and stay. */
  images: [GuestImage, ...GuestImage[]];
}

/**
 * Declares what the hostings of a node share: the pool, the network, and the base volume and kernel of each image.
 * @returns what the node offers, once all of it is there.
 */
export function nodeProgram(args: NodeArgs): pulumi.Output<NodeOutputs> {
  const { name, network, gateway, prefixLength, nameservers, domainType, libvirtUri, storageDirectory, images } = args;
  const provider = new libvirt.Provider('libvirt', { uri: libvirtUri });
  const names = nodeNames(name);
  const pool = new libvirt.Pool(
    'pool',
    { name: names.pool, type: 'dir', target: { path: join(storageDirectory, 'disks') } },
    { provider },
  );
  const sharedNetwork = new libvirt.Network(
    'network',
    {
      name: names.network,
      bridge: names.bridge,
      // libvirt adds no rules of its own to a network of this mode: all of them are in `templates/firewall`.
      mode: 'open',
      autostart: true,
      addresses: [network],
      dhcp: { enabled: false },
      xml: { xslt: renderNetworkXslt() },
    },
    // Replacing it would cut off every VM: a new wording of the XSLT is no reason.
    { provider, ignoreChanges: ['xml'], deleteBeforeReplace: true },
  );
  const volumes = Object.entries(Object.assign({}, ...images.map(imageFiles)) as Record<string, string>).map(
    ([file, source]) =>
      // An image's id stands for its content: wherever it came from, it must not be replaced under running VMs.
      new libvirt.Volume(file, { name: file, pool: pool.name, source }, { provider, ignoreChanges: ['source'] }),
  );
  const outputs = {
    kind: 'libvirt' as const,
    libvirtUri,
    domainType,
    ...names,
    gateway,
    prefixLength,
    nameservers,
    consoleDirectory: join(storageDirectory, 'consoles'),
    image: imageFacts(images[0], join(storageDirectory, 'disks')),
    images,
  };
  return pulumi.all([sharedNetwork, ...volumes].map(({ id }) => id)).apply(() => outputs);
}

/** Sources by volume name. */
function imageFiles(image: GuestImage): Record<string, string> {
  const { root, kernel, initrd } = image;
  return Object.fromEntries([root, kernel, ...(initrd ? [initrd] : [])].map((file) => [volumeName(image, file), file]));
}

function imageFacts(image: GuestImage, directory: string): ImageFacts {
  const { id, root, kernel, initrd, cmdline } = image;
  const path = (file: string) => join(directory, volumeName(image, file));
  return { id, volume: volumeName(image, root), kernel: path(kernel), initrd: initrd && path(initrd), cmdline };
}

function volumeName({ id }: GuestImage, file: string): string {
  return `guest-${id}.${basename(file)}`;
}
