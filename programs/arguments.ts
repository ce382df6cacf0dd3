/** What a node offers to hostings; the outputs of its own stack. */
export interface NodeFacts {
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

export interface ProxyFacts {
  sitesDirectory: string;
  /** Unix socket on which the proxy tells workers what it reads. */
  controlSocket: string;
  /** Addresses from which the proxy reaches VMs. */
  addresses: string[];
}

export interface HostingArgs {
  userId: number;
  /** By which its machine and its disks are named. */
  machineId: number;
  username: string;
  vmIp: string;
  sshPort: number;
  /** Names of hosts, in lower case and without port, at which the site is too. */
  hosts: string[];
  /** Certificate, with its chain, and private key in PEM, by the host that it is for; of those hosts that have one. */
  certificates: Record<string, string>;
  sshPublicKeys: string[];
  /** crypt(3) hash, or null. */
  sshPasswordHash: string | null;
  instanceId: string;
  randomSeed: string;
  /** Whether the VM is to be on. */
  powered: boolean;
  /** Whether the operator has closed the site: visitors see a page that says so, and SSH is shut. */
  suspended: boolean;
  node: NodeFacts;
  proxy: ProxyFacts;
}
