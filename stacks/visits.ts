import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { runCommand } from '../programs/run-command.ts';
import { nft } from './nft.ts';

/** Milliseconds for one command; it takes some ten. */
const timeout = 20_000;
/** In /proc/net/tcp (proc(5)): field of the other end's address and port, field of the state, and the one of a connection that is open. */
const [remoteField, stateField, established] = [2, 3, '01'];

/** Who used the VMs of a node, and from when on that is known. Times are ISO 8601. */
export interface VisitTimes {
  /** Who used a VM before this may not be known. */
  since: string;
  /** When each VM was last used, by its IPv4 address. */
  last: Record<string, string>;
}

/** Who uses the VMs of a node: visitors through the proxy, and VMs that talk to others. Needs the node's network. */
export class Visits {
  readonly #table: string;
  readonly #network = new BlockList();
  #since: number;
  readonly #last: Map<string, number>;

  /**
   * @param options.network of the VMs, in CIDR notation
   * @param options.table that `templates/firewall` makes
   * @param options.earlier what was known just now, by another process
   */
  constructor({ table, network, earlier }: { table: string; network: string; earlier: VisitTimes | null }) {
    const [address = '', prefix] = network.split('/');
    this.#table = table;
    this.#network.addSubnet(address, Number(prefix), 'ipv4');
    this.#since = earlier ? Date.parse(earlier.since) : Date.now();
    this.#last = new Map(Object.entries(earlier?.last ?? {}).map(([vmIp, at]) => [vmIp, Date.parse(at)]));
  }

  /** Looks for connections that were opened since the last look, and for those that are open. */
  async look(): Promise<VisitTimes> {
    const now = Date.now();
    // All of them, as the table is not there before the rules are loaded for the first time.
    const sets = await runCommand([nft, '--json', 'list', 'sets', 'inet'], { timeout });
    for (const [address, ago] of openedOf(sets, this.#table)) this.#note(address, now - ago);
    for (const address of connectedTo(await readFile('/proc/net/tcp', 'latin1'))) {
      if (this.#network.check(address, 'ipv4')) this.#note(address, now);
    }
    // The clock may have been put back: nobody comes in the future, and for as long as that lasts.
    for (const [address, at] of this.#last) this.#last.set(address, Math.min(at, now));
    this.#since = Math.min(this.#since, now);
    const last = Object.fromEntries([...this.#last].map(([address, at]) => [address, new Date(at).toISOString()]));
    return { since: new Date(this.#since).toISOString(), last };
  }

  #note(address: string, at: number): void {
    this.#last.set(address, Math.max(at, this.#last.get(address) ?? 0));
  }
}

interface Listed {
  nftables: {
    set?: { table: string; name: string; timeout?: number; elem?: { elem: { val: string; expires: number } }[] };
  }[];
}

/**
 * Which addresses are in the set `visited` of a table, and for how many milliseconds, as `nft --json list sets` tells; none
 * where there is no such table.
 */
export function openedOf(listing: string, table: string): [address: string, ago: number][] {
  const { nftables } = JSON.parse(listing) as Listed;
  const visited = nftables.find(({ set }) => set?.table === table && set.name === 'visited')?.set;
  const { timeout = 0, elem = [] } = visited ?? {};
  return elem.map(({ elem: { val, expires } }) => [val, (timeout - expires) * 1_000]);
}

/** IPv4 addresses at the other end of connections that are open, as /proc/net/tcp tells. */
export function connectedTo(sockets: string): string[] {
  return sockets.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const remote = /^([0-9A-F]{8}):/.exec(fields[remoteField] ?? '')?.[1];
    // In the order of this machine's memory, which is x86's.
    return remote && fields[stateField] === established ? [[...Buffer.from(remote, 'hex')].toReversed().join('.')] : [];
  });
}
