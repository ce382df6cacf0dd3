// A guest's programs with its configuration, as they are after the first start, without a machine around them: in seconds,
// and without emulation. What needs the kernel, systemd or the boot, is shown on VMs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { type CloudInitVariables, renderCloudInit } from '../../../templates/cloud-init.ts';
import { run } from '../run.ts';

const root = join(import.meta.dirname, '../../..');
const isolated = ['--mount', '--uts', '--pid', '--fork', '--kill-child'];

export interface GuestRootOptions {
  /** What its first start is told, where it matters. */
  told?: Partial<CloudInitVariables>;
  /** The network namespace that it is in; by default this machine's own. */
  networkNamespace?: string;
}

export class GuestRoot {
  readonly #folder: string;
  /** Begins a command that is to be in its network. */
  readonly #network: string[];
  #keeper: ChildProcess | undefined;

  private constructor(folder: string, network: string[]) {
    this.#folder = folder;
    this.#network = network;
  }

  /** Needs root. The image is built first, where it is not in the cache. */
  static async make(options: GuestRootOptions = {}): Promise<GuestRoot> {
    const { told = {}, networkNamespace } = options;
    const network = networkNamespace ? ['ip', 'netns', 'exec', networkNamespace] : [];
    const made = new GuestRoot(mkdtempSync('/var/tmp/webhoster-guest-'), network);
    try {
      await made.#unpack(told);
      await made.#enter();
    } catch (error) {
      await made.remove();
      throw error;
    }
    return made;
  }

  async #unpack(told: Partial<CloudInitVariables>): Promise<void> {
    const build = join(root, 'scripts/images/build-guest-image.sh');
    const image = (await run(build, [], { timeout: 600_000 })).stdout.trim();
    await run('qemu-img', ['convert', '-O', 'raw', join(image, 'root.qcow2'), join(this.#folder, 'root.raw')]);
    const files = renderCloudInit({ ...variables, ...told });
    const names = { 'meta-data': files.metaData, 'user-data': files.userData, 'network-config': files.networkConfig };
    mkdirSync(join(this.#folder, 'cidata'));
    for (const [name, text] of Object.entries(names)) writeFileSync(join(this.#folder, 'cidata', name), text);
  }

  async #enter(): Promise<void> {
    const script = join(import.meta.dirname, 'enter-guest.sh');
    const keeper = spawn('unshare', [...isolated, script, this.#folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#keeper = keeper;
    const ended = once(keeper, 'exit').then(() => {
      throw new Error('The guest was not set up, see above.');
    });
    await Promise.race([once(createInterface({ input: keeper.stdout }), 'line'), ended]);
    ended.catch(() => undefined);
  }

  /** The command by which a program is run in the guest, as its root. */
  #within(command: string[], network = this.#network): string[] {
    const namespaces = `/proc/${this.#keeper?.pid}/ns`;
    const enter = [`--mount=${namespaces}/mnt`, `--uts=${namespaces}/uts`, `--pid=${namespaces}/pid_for_children`];
    return [...network, 'nsenter', ...enter, 'chroot', join(this.#folder, 'root'), ...command];
  }

  /** Runs a shell script in the guest as its root. @returns its output. @throws with that when a command in it fails */
  async root(script: string): Promise<string> {
    const [command = '', ...args] = this.#within(['bash', '-euo', 'pipefail', '-c', script]);
    return (await run(command, args, { timeout: 240_000 })).stdout;
  }

  /** Starts a program in the guest that goes on until the guest is removed. */
  start(...program: string[]): void {
    const [command = '', ...args] = this.#within(program);
    void execa(command, args, { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit', reject: false });
  }

  /** Starts the guest's SSH server, and returns when it listens. @param options of its command */
  async startSshd(...options: string[]): Promise<void> {
    this.start('/usr/sbin/sshd', '-D', ...options);
    // It writes this once it listens.
    await this.root('timeout 60 sh -c "until test -s /run/sshd.pid; do sleep 0.1; done"');
  }

  /** Installs packages of the guest's own archive as its owner would, over this machine's network. */
  async install(...packages: string[]): Promise<void> {
    const script = `
      export DEBIAN_FRONTEND=noninteractive
      mv /etc/resolv.conf /etc/resolv.conf.own
      cat >/etc/resolv.conf
      apt-get update --quiet
      apt-get install --yes --quiet ${packages.join(' ')}
      mv /etc/resolv.conf.own /etc/resolv.conf`;
    const [command = '', ...args] = this.#within(['bash', '-euc', script], []);
    await run(command, args, { timeout: 240_000, input: readFileSync('/etc/resolv.conf', 'utf8') });
  }

  async remove(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper && keeper.exitCode === null) {
      const ended = once(keeper, 'exit');
      keeper.stdin?.end();
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const variables: CloudInitVariables = {
  vmId: 'vm-00000007',
  instanceId: 'vm-00000007-1',
  macAddress: '52:54:00:00:00:07',
  address: '10.4.0.2/24',
  gateway: '10.4.0.1',
  nameservers: [],
  proxyAddresses: ['10.4.0.1'],
  sshPublicKeys: [],
  passwordHash: null,
  // None: it would be added to this machine's.
  randomSeed: '',
  welcomePage: '<p>hello</p>\n',
};
