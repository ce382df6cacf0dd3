import { randomBytes } from 'node:crypto';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readImage } from '../../api/config/guest-image.ts';
import { limits } from '../../programs/libvirt/vm.ts';
import { runCommand } from '../../programs/run-command.ts';
import { slotOf } from '../../programs/slots.ts';
import { runInGuest, untilAgentAnswers } from '../../stacks/libvirt/guest-agent.ts';
import { machineUsage } from '../../stacks/libvirt/machine-usage.ts';
import { renderCloudInit } from '../../templates/cloud-init.ts';
import { renderDomainXslt } from '../../templates/libvirt.ts';
import { release, squeeze } from './memory-balloon.ts';

const libvirtUri = 'qemu:///system';
const name = `webhoster-bench-${process.pid}`;
const bridge = `whb-${process.pid}`;

/** Which of the things are there that are to make a VM smaller. */
export interface Way {
  /** Whether what an emulated guest's instructions are translated to is bounded. */
  translation: boolean;
  /** Whether the guest tells which pages it has freed. */
  reporting: boolean;
  /** What is done before the save: memory is taken from the guest, or it is told to forget the files that it has read. */
  before: 'nothing' | 'balloon' | 'drop';
}

/** Seconds and mebibytes. */
export interface Figures {
  boot: number;
  booted: number;
  used: number;
  save: number;
  image: number;
  wake: number;
  woken: number;
}

const virsh = (...args: string[]) => runCommand(['virsh', '-q', '-c', libvirtUri, ...args], { timeout: 180_000 });
const addressIn = (network: string, host: number) => network.replace(/0\/24$/, String(host));

/** @returns what takes it away */
export async function makeNetwork(network: string, directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'network.xml');
  await writeFile(
    file,
    `<network><name>${name}</name><forward mode='open'/><bridge name='${bridge}' stp='off' delay='0'/>
    <dns enable='no'/><ip address='${addressIn(network, 1)}' prefix='24'/></network>`,
  );
  await virsh('net-create', file);
  return async () => void (await virsh('net-destroy', name));
}

/** What a guest is made to do: 120 MiB of files that it keeps, and as much that goes again; then it is visited. */
const eightMebibytes = 'cd /var/tmp && yes | head -c 8388608 >one';
const forty = (file: string) => `cd /var/tmp && for i in 1 2 3 4 5; do cat one; done >>${file} && sync`;
const write = [1, 2, 3].flatMap(() => [forty('kept'), forty('gone')]);
const use = [eightMebibytes, ...write, 'rm /var/tmp/gone'];
const visits = 100;
const drop = 'sync && echo 1 >/proc/sys/vm/drop_caches && sleep 3';
/** Milliseconds until what a boot, use or a wake has begun is over, and free pages are told. */
const settle = 15_000;

interface Options {
  way: Way;
  network: string;
  /** Folder of a guest image. */
  image: string;
  domainType: 'kvm' | 'qemu';
  directory: string;
}

export class Guest {
  readonly #options: Options;
  readonly #machine = { libvirtUri, vmId: name };

  private constructor(options: Options) {
    this.#options = options;
  }

  static async make(options: Options): Promise<Guest> {
    const { directory, way } = options;
    await chmod(directory, 0o711);
    await makeSeed(options);
    const [base, xslt, file] = ['base.xml', 'domain.xslt', 'domain.xml'].map((one) => join(directory, one)) as [
      string,
      string,
      string,
    ];
    const { port } = slotOf(addressIn(options.network, 2), 24);
    await writeFile(base, await definitionOf(options));
    await writeFile(xslt, renderDomainXslt({ consoleLog: join(directory, 'console.log'), port, limits }));
    await writeFile(file, without(await runCommand(['xsltproc', xslt, base], { timeout: 10_000 }), way));
    await virsh('define', file);
    return new Guest(options);
  }

  async measure(): Promise<Figures> {
    const { before } = this.#options.way;
    const signal = AbortSignal.timeout(600_000);
    const boot = await seconds(async () => {
      await virsh('start', name);
      await this.#untilPage(signal);
    });
    await untilAgentAnswers(this.#machine, signal, 120_000);
    const booted = await this.#settled();
    for (const script of use) await runInGuest(this.#machine, { script }, signal);
    for (let count = 0; count < visits; count++) await this.#page();
    const used = await this.#settled();
    const save = await seconds(async () => {
      if (before === 'balloon') await squeeze(this.#machine);
      if (before === 'drop') await runInGuest(this.#machine, { script: drop }, signal);
      await virsh('managedsave', name, '--running');
    });
    const { blocks } = await stat(`/var/lib/libvirt/qemu/save/${name}.save`);
    const wake = await seconds(async () => {
      await virsh('start', name);
      await this.#untilPage(signal);
    });
    if (before === 'balloon') await release(this.#machine);
    for (let count = 0; count < visits; count++) await this.#page();
    return { boot, booted, used, save, image: (blocks * 512) / 2 ** 20, wake, woken: await this.#settled() };
  }

  async remove(): Promise<void> {
    await virsh('destroy', name).catch(() => undefined);
    await virsh('undefine', name, '--managed-save').catch(() => undefined);
  }

  /** Mebibytes of the node's memory that it holds when it has come to rest. */
  async #settled(): Promise<number> {
    await delay(settle);
    const usage = (await machineUsage(libvirtUri)).find(({ vmId }) => vmId === name);
    return (usage?.memoryBytes ?? NaN) / 2 ** 20;
  }

  async #page(): Promise<void> {
    const answer = await fetch(`http://${addressIn(this.#options.network, 2)}/`, {
      signal: AbortSignal.timeout(5_000),
      headers: { connection: 'close' },
    });
    await answer.text();
    if (!answer.ok) throw new Error(`the page is ${answer.status}`);
  }

  async #untilPage(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await this.#page();
      } catch (error) {
        if (signal.aborted) throw error;
        await delay(50);
      }
    }
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

/** As Pulumi's provider defines a VM of ours (programs/libvirt/vm.ts), with a new disk. */
async function definitionOf({ directory, network, image: folder, domainType }: Options): Promise<string> {
  const image = await readImage(folder, domainType);
  const [root, seed] = [join(directory, 'root.qcow2'), join(directory, 'seed.iso')];
  const overlay = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image.root, root];
  await runCommand(['qemu-img', ...overlay], { timeout: 30_000 });
  return `<domain type='${domainType}'><name>${name}</name><memory unit='MiB'>1024</memory><vcpu>1</vcpu>
    <cpu mode='${domainType === 'kvm' ? 'host-passthrough' : 'maximum'}'/>
    <os><type arch='x86_64'>hvm</type><kernel>${image.kernel}</kernel>${image.initrd ? `<initrd>${image.initrd}</initrd>` : ''}
    <cmdline>${image.cmdline}</cmdline></os><features><pae/><acpi/><apic/></features><devices>
    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${root}'/><target dev='vda' bus='virtio'/></disk>
    <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${seed}'/><target dev='hda' bus='ide'/><readonly/></disk>
    <interface type='network'><source network='${name}'/><mac address='${slotOf(addressIn(network, 2), 24).macAddress}'/><model type='virtio'/></interface>
    <console type='pty'><target type='serial' port='0'/></console>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices></domain>`;
}

/** The definition of a VM of ours less what is not to be measured. */
function without(definition: string, { translation, reporting }: Way): string {
  const bounded = translation ? definition : definition.replace(/<tcg>[^]*?<\/tcg>/, '');
  return reporting ? bounded : bounded.replace(' freePageReporting="on"', '');
}

async function makeSeed({ network, directory }: Options): Promise<void> {
  const seed = renderCloudInit({
    vmId: 'vm-bench',
    instanceId: 'vm-bench-1',
    macAddress: slotOf(addressIn(network, 2), 24).macAddress,
    address: `${addressIn(network, 2)}/24`,
    gateway: addressIn(network, 1),
    nameservers: [addressIn(network, 1)],
    proxyAddresses: [addressIn(network, 1)],
    sshPublicKeys: [],
    passwordHash: null,
    randomSeed: randomBytes(64).toString('base64'),
    welcomePage: 'bench',
  });
  const files = { 'meta-data': seed.metaData, 'user-data': seed.userData, 'network-config': seed.networkConfig };
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text);
  const iso = ['-quiet', '-output', 'seed.iso', '-volid', 'cidata', '-joliet', '-rock', ...Object.keys(files)];
  await runCommand(['genisoimage', ...iso], { cwd: directory, timeout: 30_000 });
}
