import ipaddr from 'ipaddr.js';

export interface NetworkFacts {
  /** The first host address: the node's own. */
  gateway: string;
  /** Bits. */
  prefixLength: number;
  firstVmAddress: string;
  /** All but the network's own address, the gateway's and the broadcast address. */
  vmAddressCount: number;
}

/** @param network IPv4 in CIDR notation, checked by the configuration */
export function networkFacts(network: string): NetworkFacts {
  const prefixLength = ipaddr.IPv4.parseCIDR(network)[1];
  const base = Buffer.from(ipaddr.IPv4.networkAddressFromCIDR(network).toByteArray()).readUInt32BE();
  return {
    gateway: dotted(base + 1),
    prefixLength,
    firstVmAddress: dotted(base + 2),
    vmAddressCount: 2 ** (32 - prefixLength) - 3,
  };
}

function dotted(address: number): string {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(address);
  return octets.join('.');
}
