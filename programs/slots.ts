/** What a machine is known by on its node's bridge. */
export interface Slot {
  /** IPv4. */
  address: string;
  macAddress: string;
  /** Name of the network interface of the node that is the other end of its cable. */
  port: string;
}

/** A machine's slot is its address's offset in the VMs' network: of both alone follow its MAC address and its port's name. */
export function slotOf(address: string, prefixLength: number): Slot {
  const number = numberOf(address);
  const base = networkOf(number, prefixLength);
  return { address, macAddress: macOf(number), port: `${portPrefix(base)}${hex(number - base, 4)}` };
}

/**
 * Every slot that machines can have: not the network's own address, the node's, or the broadcast address.
 * @param node the node's own address, the network's first
 */
export function slotsOf(node: string, prefixLength: number): Slot[] {
  const first = numberOf(node) + 1;
  return Array.from({ length: 2 ** (32 - prefixLength) - 3 }, (_, index) =>
    slotOf(dotted(first + index), prefixLength),
  );
}

/** What tells a node's ports and frames from those of others on the same machine, whose networks are other ones. */
export function bridgeMarks(node: string, prefixLength: number): { portPrefix: string; mark: number } {
  const base = networkOf(numberOf(node), prefixLength);
  return { portPrefix: portPrefix(base), mark: base };
}

/** Whose port it is, by the name that {@link slotOf} gives it; null when it is no such name. */
export function addressOfPort(port: string): string | null {
  const [, base, offset] = /^wh([0-9a-f]{8})-([0-9a-f]{4})$/.exec(port) ?? [];
  return base && offset ? dotted(parseInt(base, 16) + parseInt(offset, 16)) : null;
}

/** With a slot of a /16 these are 15 characters, and no more are allowed (Linux: IFNAMSIZ). */
function portPrefix(base: number): string {
  return `wh${hex(base, 8)}-`;
}

/** 52:54 (locally administered, as QEMU's own) and the address. */
function macOf(address: number): string {
  return `5254${hex(address, 8)}`.replace(/(..)(?=.)/g, '$1:');
}

function networkOf(address: number, prefixLength: number): number {
  const size = 2 ** (32 - prefixLength);
  return Math.floor(address / size) * size;
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

function numberOf(address: string): number {
  return Buffer.from(address.split('.').map(Number)).readUInt32BE();
}

function dotted(address: number): string {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(address);
  return octets.join('.');
}
