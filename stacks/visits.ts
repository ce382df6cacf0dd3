import { readFile } from 'node:fs/promises';
import { BlockList } from 'node:net';
import { runCommand } from '../programs/run-command.ts';
import { nft } from './nft.ts';

/** Milliseconds for one command; it takes some ten. */
const timeout = 20_000;
/** In /proc/net/tcp (proc(5)): field of the other end's address and port, field of the state, and the one of a connection that is open. */
const [remoteField, stateField, established] = [2, 3, '01'];

/** When somebody last used each VM, by its IPv4 address, as ISO 8601. */
export type VisitTimes = Record<string, string>;

/** Who uses the VMs of a node through the proxy: needs the node's network. */
export class Visits {
  readonly #table: string;
  readonly #network = new BlockList();
  readonly #last = new Map<string, number>();

  /** @param options.network of the VMs, in CIDR notation @param options.table that `templates/firewall` makes */
  constructor({ table, network }: { table: string; network: string }) {
    const [address = '', prefix] = network.split('/');
    this.#table = table;
    this.#network.addSubnet(address, Number(prefix), 'ipv4');
  }

  /** Looks for connections that were opened since the last look, and for those that are open. */
  async look(): Promise<VisitTimes> {
    const now = Date.now();
    const elements = await runCommand([nft, '--json', 'list', 'set', 'inet', this.#table, 'visited'], { timeout });
    for (const [address, ago] of openedOf(elements)) this.#note(address, now - ago);
    for (const address of connectedTo(await readFile('/proc/net/tcp', 'latin1'))) {
      if (this.#network.check(address, 'ipv4')) this.#note(address, now);
    }
    return Object.fromEntries([...this.#last].map(([address, at]) => [address, new Date(at).toISOString()]));
  }

  #note(address: string, at: number): void {
    this.#last.set(address, Math.max(at, this.#last.get(address) ?? 0));
  }
}

interface Listed {
  nftables: { set?: { timeout: number; elem?: { elem: { val: string; expires: number } }[] } }[];
}

/** To which addresses connections were opened, and how many milliseconds ago, as `nft --json list set` tells. */
export function openedOf(listing: string): [address: string, ago: number][] {
  const { nftables } = JSON.parse(listing) as Listed;
  return nftables.flatMap(({ set }) =>
    (set?.elem ?? []).map(({ elem: { val, expires } }): [string, number] => [
      val,
      ((set?.timeout ?? 0) - expires) * 1_000,
    ]),
  );
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
