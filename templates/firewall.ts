import { render } from './render.ts';

/** Who may send from a port of the bridge, and be sent something. */
export interface Place {
  /** Name of the network interface. */
  port: string;
  macAddress: string;
  /** IPv4. */
  address: string;
}

export interface FirewallVariables {
  /** Name of the tables in nftables. */
  table: string;
  /** The bridge that the node's VMs are on, and their IPv4 network in CIDR notation. */
  bridge: string;
  network: string;
  /** What the names of all VMs' ports on the bridge begin with. */
  portPrefix: string;
  /** Of packets that came from VMs, or go to them, while they are on the bridge: no other program's. */
  mark: number;
  /** Of all slots of the network, and of machines that have others. */
  places: Place[];
  /** IPv4 addresses that VMs may ask for names, wherever they are. */
  nameservers: string[];
  /** IPv4 networks in CIDR notation that VMs do not reach, beside those that are not public. */
  refusedNetworks: string[];
  /** Unix user as which the proxy connects to VMs. */
  proxyUid: number;
  /** What one VM may send, and receive. */
  bytesPerSecond: number;
  /** What one VM may have open to the outside at a time. */
  connections: number;
}

/** What is not the public internet (RFC 6890, and multicast), as networks of this site, containers and metadata services. */
const reservedNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Azure's platform with its metadata, which has a public address.
  '168.63.129.16/32',
];

/** The rules for `nft -f`, which replace those of the same tables. */
export function renderFirewall({ places, ...variables }: FirewallVariables): string {
  // On a line each: of what it refuses nft repeats the line.
  const elements = (one: (place: Place) => string) => [...new Set(places.map(one))].join(',\n      ');
  return render('firewall/rules.nft', {
    ...variables,
    ports: elements(({ port, address }) => `"${port}" . ${address}`),
    cards: elements(({ macAddress, address }) => `${macAddress} . ${address}`),
    reservedNetworks,
  });
}
