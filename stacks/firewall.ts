import { readdir, readFile } from 'node:fs/promises';
import { CommandError, runCommand } from '../programs/run-command.ts';
import { nft } from './nft.ts';

/** Milliseconds for one command; they take some ten, and with the 65,533 slots of a /16 a few thousand. */
const timeout = 20_000;
/**
 * One table for each. The contents of sets are compared where they are what machines may do, and left out (`--terse`) where
 * they are of the moment.
 */
const families = { bridge: [], arp: [], inet: ['--terse'] } as const;
type Family = keyof typeof families;

export interface FirewallOptions {
  /** Name of the tables of these rules in nftables. */
  table: string;
  /** The rules as a file for `nft -f`, which libvirt's hook loads too. */
  file: string;
  /** The bridge that the node's VMs are on. */
  bridge: string;
}

/** How tables are listed; null where there is none. */
type Listings = Record<Family, string | null>;

/** What keeps the VMs of a node apart, on this machine's side. Needs its network. */
export class Firewall {
  readonly #options: FirewallOptions;
  /** The rules that were loaded, and how each table is listed since; null until then. */
  #loaded: { rules: string; whole: Listings } | null = null;

  constructor(options: FirewallOptions) {
    this.#options = options;
  }

  /**
   * Looks whether all rules are there, and puts back what is missing.
   * @returns what was missing, as sentences; nothing when all was there.
   * @throws AggregateError with the commands' own words when something cannot be looked at, or not be put back; the rest
   * has been put back all the same.
   */
  async restore(): Promise<string[]> {
    const steps = [() => this.#restoreTables(), () => this.#restoreForwarding(), () => this.#restoreIsolation()];
    const findings: string[] = [];
    const errors: Error[] = [];
    for (const step of steps) {
      await step().then(
        (found) => findings.push(...found),
        (error: unknown) => errors.push(error as Error),
      );
    }
    if (errors.length === 0) return findings;
    throw new AggregateError(errors, [...findings, ...errors.map(({ message }) => message)].join('\n'));
  }

  async #restoreTables(): Promise<string[]> {
    const { table, file } = this.#options;
    const [rules, before] = await Promise.all([readFile(file, 'utf8'), this.#list()]);
    if (this.#loaded?.rules === rules && differing(before, this.#loaded.whole).length === 0) return [];
    await run([nft, '--file', file]);
    const whole = await this.#list();
    this.#loaded = { rules, whole };
    // Those that the start of the network loaded are listed in the same way.
    return differing(before, whole).map(
      (family) => `the table ${family} ${table} was ${before[family] === null ? 'missing' : 'changed'}`,
    );
  }

  async #list(): Promise<Listings> {
    const { table } = this.#options;
    const [bridge, arp, inet] = await Promise.all([list('bridge', table), list('arp', table), list('inet', table)]);
    return { bridge, arp, inet };
  }

  /** Docker and ufw forward only their own traffic, so that of VMs is let through; our table has filtered it by then. */
  async #restoreForwarding(): Promise<string[]> {
    const missing: string[] = [];
    const present = (await run(['iptables', '--wait', '-S', 'FORWARD'])).split('\n');
    for (const direction of ['-i', '-o']) {
      const rule = ['FORWARD', direction, this.#options.bridge, '-j', 'ACCEPT'];
      if (present.includes(`-A ${rule.join(' ')}`)) continue;
      await run(['iptables', '--wait', '-I', ...rule]);
      missing.push(`forwarding (${direction} ${this.#options.bridge}) was refused`);
    }
    return missing;
  }

  async #restoreIsolation(): Promise<string[]> {
    const missing: string[] = [];
    for (const port of await this.#ports()) {
      if ((await this.#portSetting(port, 'isolated')) !== '0') continue;
      await run(['bridge', 'link', 'set', 'dev', port, 'isolated', 'on']);
      missing.push(`port ${port} was not isolated`);
    }
    return missing;
  }

  /** The VMs' ports on the bridge; none while the network is down. */
  async #ports(): Promise<string[]> {
    try {
      return await readdir(`/sys/class/net/${this.#options.bridge}/brif`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async #portSetting(port: string, name: string): Promise<string | null> {
    try {
      return (await readFile(`/sys/class/net/${port}/brport/${name}`, 'utf8')).trim();
    } catch (error) {
      // Its VM ended meanwhile.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }
}

/** To be told which tables there are takes nft 1.0.6 as long as to list them all. */
async function list(family: Family, table: string): Promise<string | null> {
  try {
    return await run([nft, ...families[family], 'list', 'table', family, table]);
  } catch (error) {
    if (error instanceof CommandError && error.reason.startsWith('Error: No such file or directory')) return null;
    throw error;
  }
}

function differing(one: Listings, other: Listings): Family[] {
  return (Object.keys(families) as Family[]).filter((family) => one[family] !== other[family]);
}

function run(command: string[]): Promise<string> {
  return runCommand(command, { timeout, env: { LC_ALL: 'C' } });
}
