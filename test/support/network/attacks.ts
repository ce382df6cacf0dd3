// What a guest tries whose root is hostile, and where somebody would see it if it came through.
import {
  arpReply,
  arpRequest,
  bridgeProtocol,
  dhcpOffer,
  otherProtocol,
  routerAdvertisement,
  tagged,
  udp,
  udp6,
} from './frames.ts';

/** Who is where; the attacker's own addresses are true. */
export interface Scene {
  attacker: { mac: string; ip: string };
  victim: { mac: string; ip: string };
  /** This machine's end of the VMs' network, and another address of it. */
  host: { mac: string; ip: string; otherIp: string };
  /** A port on which this machine listens. */
  port: number;
  /** Addresses beyond this machine: a container, a metadata service, a name server, the public internet, and a part of it
   * that the operator has refused. */
  beyond: { container: string; metadata: string; nameserver: string; internet: string; refused: string };
  /** An address of the VMs' network that nobody has. */
  nobody: string;
}

export interface Attempt {
  /** Stands in the frame, to be known again; where it is to be in a table, a MAC address that nothing else has. */
  mark: string;
  frame: Buffer;
  /** Where it would arrive: on the victim's cable, at a socket of this machine, in its table of who is where, or on the cable to
   * what is beyond. */
  at: 'victim' | 'host' | 'table' | 'beyond';
}

const otherMac = '02:00:00:00:00:99';
const tableMac = '02:00:00:00:00:98';
/** Of a group that bridges keep to themselves (IEEE 802.1D, here LLDP's). */
const bridgeGroupMac = '01:80:c2:00:00:0e';
const broadcast = { mac: 'ff:ff:ff:ff:ff:ff', ip: '255.255.255.255' };

/** Ways to tag a frame; the second kind of tag is that of providers (IEEE 802.1ad). */
const vlans: [what: string, ...tags: Parameters<typeof tagged>[1][]][] = [
  ['in a VLAN', [0x8100, 1]],
  ['with a priority', [0x8100, 0]],
  ['in a provider’s VLAN', [0x88a8, 1]],
  ['in a VLAN of a provider’s', [0x88a8, 1], [0x8100, 1]],
  ['in a VLAN of a VLAN', [0x8100, 1], [0x8100, 1]],
];

/** What must not arrive. */
export function attacks(scene: Scene): Attempt[] {
  const { attacker, victim, host, port, beyond, nobody } = scene;
  const toVictim = { fromMac: attacker.mac, toMac: victim.mac, fromIp: attacker.ip, toIp: victim.ip };
  const toHost = { ...toVictim, toMac: host.mac, toIp: host.ip };
  const ports = { from: 40_000, to: port };
  const at = (place: Attempt['at']) => (mark: string, make: (mark: string) => Buffer) => {
    const padded = `<${mark}>`;
    return { mark: padded, frame: make(padded), at: place };
  };
  const [victimSees, hostSees, beyondSees] = [at('victim'), at('host'), at('beyond')];
  return [
    victimSees('straight to the neighbour', (mark) => udp(toVictim, ports, mark)),
    victimSees('with another MAC', (mark) => udp({ ...toVictim, fromMac: otherMac }, ports, mark)),
    victimSees('with the IP of the host', (mark) => udp({ ...toVictim, fromIp: host.ip }, ports, mark)),
    victimSees('to the neighbour’s card, for nobody', (mark) => udp({ ...toVictim, toIp: nobody }, ports, mark)),
    // This one and the first keep to all addresses: what keeps them away is that nothing goes from one VM to another.
    victimSees('ARP: the truth', (mark) => arpReply(toVictim, mark)),
    victimSees('ARP: the host is here', (mark) => arpReply({ ...toVictim, fromIp: host.ip }, mark)),
    victimSees('ARP: nobody is here', (mark) => arpReply({ ...toVictim, fromIp: nobody }, mark)),
    victimSees('ARP: I am elsewhere', (mark) => arpReply({ ...toVictim, saidMac: otherMac }, mark)),
    victimSees('ARP from elsewhere: I am here', (mark) =>
      arpReply({ ...toVictim, fromMac: otherMac, saidMac: attacker.mac }, mark),
    ),
    victimSees('straight to the neighbour by IPv6', (mark) =>
      udp6({ fromMac: attacker.mac, toMac: victim.mac }, ports, mark),
    ),
    ...vlans.map(([what, ...tags]) =>
      victimSees(`straight to the neighbour, ${what}`, (mark) => tagged(udp(toVictim, ports, mark), ...tags)),
    ),
    victimSees('ARP in a VLAN', (mark) => tagged(arpReply(toVictim, mark), [0x8100, 1])),
    victimSees('of another protocol', (mark) => otherProtocol(attacker.mac, victim.mac, 0x88b5, mark)),
    victimSees('RARP', (mark) => otherProtocol(attacker.mac, broadcast.mac, 0x8035, mark)),
    victimSees('a bridge’s word', (mark) => bridgeProtocol(attacker.mac, mark)),
    victimSees('router advertisement', (mark) => routerAdvertisement(attacker.mac, mark)),
    victimSees('DHCP offer', (mark) => dhcpOffer(attacker.mac, attacker.ip, mark)),
    victimSees('DHCP offer of the host', (mark) => dhcpOffer(attacker.mac, host.ip, mark)),
    victimSees('to the neighbour by way of the host', (mark) => udp({ ...toHost, toIp: victim.ip }, ports, mark)),
    hostSees('to the host', (mark) => udp(toHost, ports, mark)),
    hostSees('to the host from nobody', (mark) => udp({ ...toHost, fromIp: nobody }, ports, mark)),
    // As a tag without a VLAN is: of a priority alone.
    hostSees('to the host with a priority', (mark) => tagged(udp(toHost, ports, mark), [0x8100, 0])),
    hostSees('to everybody', (mark) => udp({ ...toHost, toMac: broadcast.mac, toIp: broadcast.ip }, ports, mark)),
    hostSees('to the host by the bridge’s own address', (mark) =>
      udp6({ fromMac: attacker.mac, toMac: bridgeGroupMac }, ports, mark),
    ),
    {
      mark: tableMac,
      frame: arpRequest({ ...toHost, toMac: bridgeGroupMac, fromIp: nobody, saidMac: tableMac }),
      at: 'table',
    },
    hostSees('to the host elsewhere', (mark) => udp({ ...toHost, toIp: host.otherIp }, ports, mark)),
    beyondSees('to a container', (mark) => udp({ ...toHost, toIp: beyond.container }, ports, mark)),
    beyondSees('to the metadata service', (mark) => udp({ ...toHost, toIp: beyond.metadata }, ports, mark)),
    beyondSees('to the name server’s other ports', (mark) => udp({ ...toHost, toIp: beyond.nameserver }, ports, mark)),
    beyondSees('to a network that the operator refuses', (mark) =>
      udp({ ...toHost, toIp: beyond.refused }, ports, mark),
    ),
    beyondSees('out from nobody', (mark) => udp({ ...toHost, fromIp: nobody, toIp: beyond.internet }, ports, mark)),
  ];
}

/** What must arrive. */
export function errands({ attacker, host, beyond }: Scene): Attempt[] {
  const out = { fromMac: attacker.mac, toMac: host.mac, fromIp: attacker.ip };
  const names = { from: 40_000, to: 53 };
  const mark = (text: string) => `<${text}>`;
  return [
    { mark: mark('a name'), frame: udp({ ...out, toIp: beyond.nameserver }, names, mark('a name')), at: 'beyond' },
    { mark: mark('a page'), frame: udp({ ...out, toIp: beyond.internet }, names, mark('a page')), at: 'beyond' },
  ];
}
