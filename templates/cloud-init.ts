import { render } from './render.ts';

export interface CloudInitVariables {
  vmId: string;
  /** Changes whenever the guest has to run its first-boot steps again. */
  instanceId: string;
  macAddress: string;
  /** IPv4 address with prefix length, e.g. `192.168.122.100/24`. */
  address: string;
  gateway: string;
  /** IPv4 addresses. */
  nameservers: string[];
  /** Addresses from which ports 22 and 80 are open. */
  proxyAddresses: string[];
  sshPublicKeys: string[];
  /** crypt(3) hash of the one-time password, or null when only keys open the machine. */
  passwordHash: string | null;
  /** Base64. */
  randomSeed: string;
  /** HTML of the first page. */
  welcomePage: string;
}

export interface CloudInitFiles {
  metaData: string;
  userData: string;
  networkConfig: string;
}

/** The three files of a NoCloud disk. JSON throughout, which YAML contains: no value can break out of its place. */
export function renderCloudInit(variables: CloudInitVariables): CloudInitFiles {
  return {
    metaData: render('cloud-init/meta-data', variables),
    userData: render('cloud-init/user-data', variables),
    networkConfig: render('cloud-init/network-config', variables),
  };
}
