import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endingInWords, runCommand } from '../../programs/run-command.ts';
import type { GuestImage } from '../../stacks/node.ts';
import type { CloudInitFiles } from '../../templates/cloud-init.ts';
import { freePorts } from '../dev/ports.ts';

/** What is booted. */
export interface Machine {
  image: GuestImage;
  seed: CloudInitFiles;
  macAddress: string;
  /** Where QEMU's user network has it. */
  address: string;
  /** What the page has in it that the seed brings, and no other page. */
  mark: string;
}

/** Seconds from the start of the QEMU process. */
export interface BootTimes {
  page: number;
  ssh: number;
}

/** Milliseconds. A stock image without KVM on a busy machine takes minutes. */
const bootTimeout = 15 * 60_000;
/** Milliseconds between two looks; a guest without KVM feels it when there are more. */
const interval = 200;
/** Milliseconds for one look; see {@link untilTrue}. */
const firstLooks = 1_000;
const laterLooks = 10_000;

/**
 * Boots a machine on a new overlay of its image, until it serves its page and its SSH server greets, and ends it.
 * @param options.directory takes the machine's files while it runs
 * @throws with the end of the console when it ends or takes too long; the signal's reason when that is aborted
 */
export async function boot(
  machine: Machine,
  options: { domainType: 'kvm' | 'qemu'; directory: string; signal: AbortSignal },
): Promise<BootTimes> {
  const folder = mkdtempSync(join(options.directory, 'boot-'));
  try {
    await makeDisks(machine, folder);
    const [http = 0, ssh = 0] = await freePorts(2);
    const command = commandOf(machine, { folder, http, ssh, domainType: options.domainType });
    const limit = AbortSignal.any([options.signal, AbortSignal.timeout(bootTimeout)]);
    return await timed(command, { machine, folder, http, ssh, signal: limit }).catch((error: unknown) => {
      options.signal.throwIfAborted();
      throw new Error(`${machine.image.id} did not come up: ${(error as Error).message}\n${lastLines(folder)}`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeDisks({ image, seed }: Machine, folder: string): Promise<void> {
  const files = { 'meta-data': seed.metaData, 'user-data': seed.userData, 'network-config': seed.networkConfig };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const iso = [
    'genisoimage',
    '-quiet',
    '-output',
    'seed.iso',
    '-volid',
    'cidata',
    '-joliet',
    '-rock',
    ...Object.keys(files),
  ];
  await runCommand(iso, { cwd: folder, timeout: 30_000 });
  const overlay = ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image.root, join(folder, 'root.qcow2')];
  await runCommand(['qemu-img', ...overlay], { timeout: 30_000 });
}

function commandOf(
  { image, macAddress, address }: Machine,
  { folder, http, ssh, domainType }: { folder: string; http: number; ssh: number; domainType: 'kvm' | 'qemu' },
): string[] {
  const forward = (port: number, guestPort: number) => `hostfwd=tcp:127.0.0.1:${port}-${address}:${guestPort}`;
  // As the VMs of hostings: one processor, 1 GiB, virtio, a source of entropy, no screen and no boot ROM in the network card.
  return [
    'qemu-system-x86_64',
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-smp', '1', '-m', '1024'],
    ...(domainType === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg', '-cpu', 'max']),
    ...['-kernel', image.kernel, ...(image.initrd ? ['-initrd', image.initrd] : []), '-append', image.cmdline],
    ...['-drive', `file=${join(folder, 'root.qcow2')},if=virtio,format=qcow2`],
    ...['-drive', `file=${join(folder, 'seed.iso')},if=virtio,format=raw,readonly=on`],
    ...['-netdev', `user,id=net,${forward(http, 80)},${forward(ssh, 22)}`],
    ...['-device', `virtio-net-pci,netdev=net,mac=${macAddress},romfile=`],
    ...['-device', 'virtio-rng-pci', '-serial', `file:${join(folder, 'console')}`],
  ];
}

/** Starts QEMU and the clock, and ends QEMU when both answers are there or will not come. */
async function timed(
  command: string[],
  options: { machine: Machine; folder: string; http: number; ssh: number; signal: AbortSignal },
): Promise<BootTimes> {
  const output = openSync(join(options.folder, 'output'), 'w');
  const started = performance.now();
  // Should this process be killed, the kernel ends QEMU too. A group of its own, so that Ctrl-C is left to us.
  const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...command], {
    stdio: ['ignore', output, output],
    detached: true,
  });
  closeSync(output);
  const over = new AbortController();
  qemu.once('error', (error) => over.abort(error));
  qemu.once('exit', (status, signal) => over.abort(new Error(`QEMU: ${endingInWords({ status, signal })}.`)));
  const signal = AbortSignal.any([options.signal, over.signal]);
  const heard = { yet: false };
  const seconds = async (look: Look) => {
    await untilTrue(look, heard, signal);
    return (performance.now() - started) / 1_000;
  };
  try {
    const [page, ssh] = await Promise.all([
      seconds((limit) => pageIsThere(options.http, options.machine.mark, limit)),
      seconds((limit) => sshGreets(options.ssh, limit)),
    ]);
    return { page, ssh };
  } finally {
    await end(qemu);
  }
}

async function end(qemu: ChildProcess): Promise<void> {
  if (qemu.pid === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return;
  const ended = once(qemu, 'exit');
  qemu.kill('SIGKILL');
  await ended;
}

type Look = (limit: AbortSignal) => Promise<boolean>;

/**
 * Looks again and again. QEMU accepts connections before there is a guest, and lets them hang: such a look is soon
 * given up for a new one. Once the guest has been heard, `yet`, a look may take its time, as a greeting without KVM does.
 */
async function untilTrue(look: Look, heard: { yet: boolean }, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(heard.yet ? laterLooks : firstLooks);
    try {
      if (await look(AbortSignal.any([signal, limit]))) return;
      heard.yet = true;
    } catch (error) {
      if (!limit.aborted && !isRefused(error)) heard.yet = true;
    }
    await delay(interval);
  }
}

/** Whether it was the machine below that refused, where QEMU does not listen yet: a guest's refusal is a reset. */
function isRefused(error: unknown): boolean {
  const { code, cause } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' || (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED';
}

async function pageIsThere(port: number, mark: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`, { signal, headers: { connection: 'close' } });
  return (await response.text()).includes(mark) && response.status === 200;
}

async function sshGreets(port: number, signal: AbortSignal): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, signal });
  for await (const greeting of socket as AsyncIterable<Buffer>)
    return greeting.toString('latin1').startsWith('SSH-2.0-');
  return false;
}

/** Of what QEMU said and of the console, which is not there when QEMU could not start. */
function lastLines(folder: string): string {
  const files = ['output', 'console'].map((name) => join(folder, name)).filter((file) => existsSync(file));
  const text = files.map((file) => readFileSync(file, 'utf8')).join('');
  return text.trimEnd().split('\n').slice(-20).join('\n');
}
