import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommand } from '../programs/run-command.ts';
import { nft } from './nft.ts';

/** Milliseconds for one command; they take some ten. */
const timeout = 20_000;
/** Milliseconds between two looks whether libvirt has made its filters, looks until it is told again, and milliseconds in all. */
const pause = 200;
const looksForReload = 25;
const reloadLimit = 40_000;
/** The daemons that make the filters of ports; on SIGHUP they make them anew (libvirt 9.0, measured). */
const filterDaemons = ['libvirtd', 'virtnwfilterd'];

export interface FirewallOptions {
  /** Table of these rules in nftables, and the rules as a file for `nft -f`. */
  table: string;
  rules: string;
  /** The bridge that the node's VMs are on. */
  bridge: string;
}

/** What keeps the VMs of a node apart, on this machine's side. Needs its network and, to repair port filters, its processes. */
export class Firewall {
  readonly #options: FirewallOptions;
  /** How the table is listed when it is whole; null until it was loaded. */
  #whole: string | null = null;

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
    const steps = [
      () => this.#restoreTable(),
      () => this.#restoreForwarding(),
      () => this.#restoreIsolation(),
      () => this.#restoreFilters(),
    ];
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

  async #restoreTable(): Promise<string[]> {
    const { table, rules } = this.#options;
    const before = await this.#listing();
    if (this.#whole !== null && before === this.#whole) return [];
    await loadRules(rules);
    this.#whole = await this.#listing();
    // Those that the start of the network loaded are listed in the same way.
    return before === this.#whole ? [] : [`the table ${table} was ${before === null ? 'missing' : 'changed'}`];
  }

  /** Without the contents of sets, which are of the moment. Null when there is no such table. */
  async #listing(): Promise<string | null> {
    const { table } = this.#options;
    const tables = await run([nft, 'list', 'tables', 'inet']);
    if (!tables.split('\n').includes(`table inet ${table}`)) return null;
    return run([nft, '--terse', 'list', 'table', 'inet', table]);
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

  /** libvirt filters what each VM sends, by its own addresses. */
  async #restoreFilters(): Promise<string[]> {
    if ((await this.#unfiltered()).length === 0) return [];
    // Looks twice: a VM that starts or ends at this moment is no finding.
    await delay(pause);
    const unfiltered = await this.#unfiltered();
    if (unfiltered.length === 0) return [];
    const deadline = Date.now() + reloadLimit;
    let still = unfiltered;
    for (let look = 0; still.length > 0; look++) {
      if (Date.now() > deadline)
        throw new Error(`libvirtd does not filter the ports ${still.join(', ')}: restart libvirtd on the node.`);
      // Once is not always enough: a filter that is made while a VM starts can fail (seen with libvirt 9.0).
      if (look % looksForReload === 0) await reloadFilters();
      await delay(pause);
      still = await this.#unfiltered();
    }
    return unfiltered.map((port) => `port ${port} had no filter`);
  }

  /** Ports whose frames do not go through a chain of libvirt's. */
  async #unfiltered(): Promise<string[]> {
    const ports = await this.#ports();
    if (ports.length === 0) return [];
    const rules = await run([nft, 'list', 'ruleset', 'bridge']);
    return ports.filter((port) => {
      const jump = new RegExp(`iifname "${port}" .*jump libvirt-I-${port}\\b`);
      const chain = new RegExp(`chain libvirt-I-${port} \\{\\s+[^}]*\\bdrop\\b`);
      return !jump.test(rules) || !chain.test(rules);
    });
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

async function reloadFilters(): Promise<void> {
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const name = await readFile(join('/proc', id, 'comm'), 'utf8').catch(() => '');
    if (filterDaemons.includes(name.trim())) process.kill(Number(id), 'SIGHUP');
  }
}

/** From a file: what Node hands a program as its input is a socket, which nft 1.0.9 refuses (seen on Ubuntu 24.04). */
async function loadRules(rules: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'webhoster-rules-'));
  try {
    const file = join(directory, 'rules.nft');
    await writeFile(file, rules);
    await run([nft, '--file', file]);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function run(command: string[]): Promise<string> {
  return runCommand(command, { timeout, env: { LC_ALL: 'C' } });
}
