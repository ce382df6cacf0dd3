import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { slotOf } from '../../../programs/slots.ts';
import { run } from '../run.ts';
import type { Errands } from './traffic.ts';

/** The VMs, and two addresses of the world, of blocks that are routed publicly (RFC 7535). */
export const addresses = {
  guest: '10.4.0.2',
  neighbour: '10.4.0.3',
  world: '192.175.48.2',
  elsewhere: '192.31.196.2',
};
export const network = '10.4.0.0/24';
/** The node's own address there. */
export const gateway = '10.4.0.1';
export const slots = { guest: slotOf(addresses.guest, 24), neighbour: slotOf(addresses.neighbour, 24) };

const places = ['node', 'guest', 'neighbour', 'world'] as const;
type Place = (typeof places)[number];

export interface Errand<Does extends keyof Errands> {
  from: Place;
  does: Does;
  /** The place that it sends to. */
  with: keyof typeof addresses;
  /** Bytes to send, or connections to open. */
  amount: number;
  /** The Unix user who does it; by default root. */
  uid?: number;
}

const script = join(import.meta.dirname, 'traffic.ts');
/** Milliseconds for a command, and for an errand. */
const timeout = 20_000;
const errandTimeout = 120_000;

/** A node, two VMs of it, and the world: each a network namespace of this machine, out of reach of all else on it. */
export class VmNetwork {
  readonly #name: string;
  readonly #processes = new Set<ChildProcess>();

  private constructor(name: string) {
    this.#name = name;
  }

  /**
   * @param name what the names of the namespaces begin with
   * @param options.served whether somebody answers at each place; by default so
   */
  static async make(name: string, bridge: string, { served = true } = {}): Promise<VmNetwork> {
    const made = new VmNetwork(name);
    try {
      await run('bash', ['-euc', construction, 'bash', name, bridge], { timeout });
      if (served) await Promise.all(places.map((place) => made.#start(place, ['serve'])));
    } catch (error) {
      await made.remove();
      throw error;
    }
    return made;
  }

  async remove(): Promise<void> {
    for (const child of this.#processes) child.kill();
    await Promise.allSettled(places.map((place) => run('ip', ['netns', 'del', this.namespace(place)], { timeout })));
  }

  /** Puts rules in force on the node, in place of those of the same table. */
  async load(rules: string): Promise<void> {
    // Not the npm package’s of the same name.
    await this.run('node', ['/usr/sbin/nft', '--file', '/dev/stdin'], rules);
  }

  /** Runs a command at a place to its end. @returns what it printed */
  async run(place: Place, command: string[], input = ''): Promise<string> {
    return (await run('ip', ['netns', 'exec', this.namespace(place), ...command], { timeout, input })).stdout;
  }

  namespace(place: Place): string {
    return `${this.#name}-${place}`;
  }

  /** Has somebody do something. @returns what came of it; connections are there until `end` is called */
  async errand<Does extends keyof Errands>(errand: Errand<Does>): Promise<{ told: Errands[Does]; end: () => void }> {
    const { from, does, with: other, amount, uid } = errand;
    const { child, line } = await this.#start(from, [does, addresses[other], String(amount), String(uid ?? '')]);
    return { told: JSON.parse(line) as Errands[Does], end: () => void child.kill() };
  }

  /** Runs the script at a place until it tells something. */
  async #start(place: Place, args: string[]): Promise<{ child: ChildProcess; line: string }> {
    const command = ['netns', 'exec', this.namespace(place), process.execPath, script, ...args];
    const child = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#processes.add(child);
    child.once('exit', () => this.#processes.delete(child));
    const signal = AbortSignal.timeout(errandTimeout);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    return { child, line };
  }
}

/** $1 is what names of namespaces begin with, $2 the bridge. */
const construction = `
name=$1 bridge=$2
node() { ip -n "$name-node" "$@"; }
# cable PLACE PORT ADDRESS…
cable() {
  node link add "$2" type veth peer name eth0 netns "$name-$1"
  node link set "$2" up
  for address in "\${@:3}"; do ip -n "$name-$1" address add "$address/24" dev eth0; done
  ip -n "$name-$1" link set eth0 up
}
# vm PLACE PORT ADDRESS MAC
vm() {
  cable "\${@:1:3}"
  ip -n "$name-$1" link set eth0 address "$4"
  node link set "$2" master "$bridge"
  bridge -n "$name-node" link set dev "$2" isolated on
  # What this machine does, namespaces begin with.
  ip netns exec "$name-$1" sysctl --quiet --write net.ipv4.ip_forward=0
  ip -n "$name-$1" route add default via ${gateway}
}
for place in ${places.join(' ')}; do ip netns add "$name-$place"; done
ip netns exec "$name-node" sysctl --quiet --write net.ipv4.ip_forward=1
node link add "$bridge" type bridge
node address add ${gateway}/24 dev "$bridge"
node link set "$bridge" up
${Object.entries(slots)
  .map(([place, { port, address, macAddress }]) => `vm ${place} ${port} ${address} ${macAddress}`)
  .join('\n')}
cable world world0 ${addresses.world} ${addresses.elsewhere}
for address in ${addresses.world} ${addresses.elsewhere}; do node address add "\${address%.*}.1/24" dev world0; done`;
