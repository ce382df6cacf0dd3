// Ethernet frames as a hostile guest makes them, byte by byte: its own kernel would refuse most of these.

export interface Ends {
  /** Addresses of the sender that the frame names, true or not. */
  fromMac: string;
  toMac: string;
  fromIp: string;
  toIp: string;
}

const broadcastMac = 'ff:ff:ff:ff:ff:ff';

const macBytes = (mac: string) => Buffer.from(mac.replaceAll(':', ''), 'hex');
const ipBytes = (ip: string) => Buffer.from(ip.split('.').map(Number));

function ethernet(to: string, from: string, type: number, content: Buffer): Buffer {
  const header = Buffer.concat([macBytes(to), macBytes(from), Buffer.from([type >> 8, type & 0xff])]);
  return Buffer.concat([header, content]);
}

/** The checksum of the internet's protocols (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) sum += bytes.readUInt16BE(index);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** A frame with the tags of VLANs in it, outermost first (IEEE 802.1Q): of each the kind of tag, and the VLAN's number. */
export function tagged(frame: Buffer, ...tags: [type: 0x8100 | 0x88a8, vlan: number][]): Buffer {
  const bytes = tags.flatMap(([type, vlan]) => [type >> 8, type & 0xff, vlan >> 8, vlan & 0xff]);
  return Buffer.concat([frame.subarray(0, 12), Buffer.from(bytes), frame.subarray(12)]);
}

/** A frame of a protocol that is neither IP nor ARP, by its number; the mark is its content. */
export function otherProtocol(fromMac: string, toMac: string, type: number, mark: string): Buffer {
  return ethernet(toMac, fromMac, type, Buffer.from(mark));
}

/** What a bridge tells others of itself (IEEE 802.1D, an LLC frame, whose type is its length). */
export function bridgeProtocol(fromMac: string, mark: string): Buffer {
  const content = Buffer.concat([Buffer.from([0x42, 0x42, 3, 0, 0, 0, 0]), Buffer.from(mark)]);
  return ethernet('01:80:c2:00:00:00', fromMac, content.length, content);
}

/** A UDP datagram. Without a checksum of its own, which IPv4 allows. */
export function udp({ fromMac, toMac, fromIp, toIp }: Ends, ports: { from: number; to: number }, mark: string): Buffer {
  const payload = Buffer.from(mark);
  const datagram = Buffer.alloc(8);
  datagram.writeUInt16BE(ports.from, 0);
  datagram.writeUInt16BE(ports.to, 2);
  datagram.writeUInt16BE(8 + payload.length, 4);
  return ethernet(toMac, fromMac, 0x0800, ipv4(17, fromIp, toIp, Buffer.concat([datagram, payload])));
}

function ipv4(protocol: number, from: string, to: string, content: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + content.length, 2);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  ipBytes(from).copy(header, 12);
  ipBytes(to).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, content]);
}

type Said = Ends & { saidMac?: string };

/** An ARP answer: `fromIp` is at `fromMac`, or at `saidMac`. The mark is in the frame's padding. */
export const arpReply = (said: Said, mark: string): Buffer => arp(2, said, mark);

/** An ARP question, by one who is where an answer would say. */
export const arpRequest = (said: Said): Buffer => arp(1, said, '');

function arp(operation: number, { fromMac, toMac, fromIp, toIp, saidMac = fromMac }: Said, mark: string): Buffer {
  const kind = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation]);
  const parts = [kind, macBytes(saidMac), ipBytes(fromIp), macBytes(toMac), ipBytes(toIp), Buffer.from(mark)];
  return ethernet(toMac, fromMac, 0x0806, Buffer.concat(parts));
}

/** An IPv6 router advertisement (RFC 4861, 4.2) to all nodes. The mark stands after the message. */
export function routerAdvertisement(fromMac: string, mark: string): Buffer {
  const from = Buffer.from('fe800000000000000000000000000001', 'hex');
  const to = Buffer.from('ff020000000000000000000000000001', 'hex');
  const message = Buffer.concat([Buffer.from([134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.from(mark)]);
  const padded = message.length % 2 ? Buffer.concat([message, Buffer.alloc(1)]) : message;
  const pseudo = Buffer.concat([from, to, Buffer.from([0, 0, 0, padded.length, 0, 0, 0, 58])]);
  padded.writeUInt16BE(checksum(Buffer.concat([pseudo, padded])), 2);
  const header = Buffer.from([0x60, 0, 0, 0, 0, padded.length, 58, 255]);
  return ethernet('33:33:00:00:00:01', fromMac, 0x86dd, Buffer.concat([header, from, to, padded]));
}

/** A UDP datagram over IPv6 from a link-local address to all nodes (RFC 8200, RFC 768). */
export function udp6(
  ends: { fromMac: string; toMac: string },
  ports: { from: number; to: number },
  mark: string,
): Buffer {
  const from = Buffer.from('fe800000000000000000000000000099', 'hex');
  const to = Buffer.from('ff020000000000000000000000000001', 'hex');
  const payload = Buffer.from(mark.length % 2 ? `${mark} ` : mark);
  const datagram = Buffer.alloc(8);
  datagram.writeUInt16BE(ports.from, 0);
  datagram.writeUInt16BE(ports.to, 2);
  datagram.writeUInt16BE(8 + payload.length, 4);
  const content = Buffer.concat([datagram, payload]);
  const pseudo = Buffer.concat([from, to, Buffer.from([0, 0, 0, content.length, 0, 0, 0, 17])]);
  content.writeUInt16BE(checksum(Buffer.concat([pseudo, content])), 6);
  const header = Buffer.from([0x60, 0, 0, 0, 0, content.length, 17, 64]);
  return ethernet(ends.toMac, ends.fromMac, 0x86dd, Buffer.concat([header, from, to, content]));
}

/** What a DHCP server offers (RFC 2131), as far as a look at the wire goes. */
export function dhcpOffer(fromMac: string, fromIp: string, mark: string): Buffer {
  const ends = { fromMac, toMac: broadcastMac, fromIp, toIp: '255.255.255.255' };
  return udp(ends, { from: 67, to: 68 }, mark);
}

/** Sends the frames that it is given, one a line in hex, from the guest's only network card. Perl is in every guest. */
export const sender = `
  my ($card) = grep { !m{/lo$} } glob('/sys/class/net/*');
  open(my $file, '<', "$card/ifindex") or die; chomp(my $index = <$file>);
  socket(my $socket, 17, 3, 0x0300) or die "no socket: $!";
  while (my $line = <STDIN>) {
    chomp $line;
    my $frame = pack('H*', $line);
    my $to = pack('S n l S C C a8', 17, 0x0003, $index, 0, 0, 6, substr($frame, 0, 6));
    defined(send($socket, $frame, 0, $to)) or die "not sent: $!";
  }
`;
