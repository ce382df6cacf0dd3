/** What a node offers to hostings, by its kind; the outputs of its own stack. Another kind of node is another of these. */
export type NodeFacts = LibvirtFacts;

/** The kind of a node whose outputs tell none, as those that an earlier version put up. */
export const earliestKind = 'libvirt' satisfies NodeFacts['kind'];

/** Of a machine with a libvirtd. */
export interface LibvirtFacts {
  kind: 'libvirt';
  libvirtUri: string;
  /** `kvm`, or `qemu` for emulation, which is slow and no isolation boundary. */
  domainType: 'kvm' | 'qemu';
  pool: string;
  network: string;
  gateway: string;
  /** Length of the network's prefix in bits. */
  prefixLength: number;
  /** IPv4 addresses of the servers that VMs ask for names. */
  nameservers: string[];
  consoleDirectory: string;
  image: ImageFacts;
}

export interface ImageFacts {
  id: string;
  /** Name in the node's pool of the volume under every VM's disk. */
  volume: string;
  /** Absolute paths on the node. */
  kernel: string;
  initrd: string | null;
  cmdline: string;
}

/** A guest image as `scripts/images/build-guest-image.sh` leaves it. */
export interface GuestImage {
  id: string;
  /** Absolute paths on the machine where the program runs. */
  root: string;
  kernel: string;
  initrd: string | null;
  cmdline: string;
}

/** What a node's stack tells: what hostings need, and the images that it has, those of older machines included. */
export type NodeOutputs = NodeFacts & { images: GuestImage[] };

export interface ProxyFacts {
  sitesDirectory: string;
  /** Unix socket on which the proxy tells workers what it reads. */
  controlSocket: string;
  /** Addresses from which the proxy reaches VMs. */
  addresses: string[];
}

/** A machine, and what its first boot makes of it. */
export interface MachineArgs {
  /** By which it and its disks are named. */
  machineId: number;
  /** Whose name is on its first page, which is empty where it is nobody's yet. */
  username: string | null;
  vmIp: string;
  sshPublicKeys: string[];
  /** crypt(3) hash, or null. */
  sshPasswordHash: string | null;
  instanceId: string;
  randomSeed: string;
  /** Whether the VM is to be on. */
  powered: boolean;
  node: NodeFacts;
  proxy: ProxyFacts;
}

export interface HostingArgs extends MachineArgs {
  userId: number;
  username: string;
  sshPort: number;
  /** Names of hosts, in lower case and without port, at which the site is too. */
  hosts: string[];
  /** Certificate, with its chain, and private key in PEM, by the host that it is for; of those hosts that have one. */
  certificates: Record<string, string>;
  /** Whether the operator has closed the site: visitors see a page that says so, and SSH is shut. */
  suspended: boolean;
}
