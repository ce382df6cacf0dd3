import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readImage } from '../../api/config/guest-image.ts';
import { ourMachine, stockMachine } from './guests.ts';
import { type OwnInstallation, startInstallation } from './hosting.ts';
import { boot, type BootTimes } from './machine.ts';
import { runCommand } from '../../programs/run-command.ts';
import { NodeDaemons } from '../dev/node-daemons.ts';

const commandTimeout = 30_000;

const commandLine = z.object({
  rounds: z.coerce.number().int().positive(),
  ours: z.string(),
  stock: z.string(),
  'domain-type': z.enum(['kvm', 'qemu']),
});

/** What is measured, in the order of the table, and with which time of the stock image it is compared. */
const measures = {
  'stock image: page': 'stock image: page',
  'stock image: SSH': 'stock image: SSH',
  'stock image: both': 'stock image: both',
  'our image: page': 'stock image: page',
  'our image: SSH': 'stock image: SSH',
  'our image: both': 'stock image: both',
  'POST /api/v1/host until 201': 'stock image: both',
  'DELETE /api/v1/host/my until 200': null,
} as const;

type Measure = keyof typeof measures;
/** Seconds. */
type Round = Record<Measure, number>;

interface Bench {
  options: z.infer<typeof commandLine>;
  directory: string;
  sshPublicKey: string;
  installation: OwnInstallation;
  signal: AbortSignal;
}

const say = (text: string) => console.error(`bench: ${text}`);

async function measureRound({ options, directory, sshPublicKey, installation, signal }: Bench): Promise<Round> {
  const domainType = options['domain-type'];
  const times = async (folder: string, machineOf: typeof ourMachine) =>
    boot(machineOf(await readImage(folder, domainType), sshPublicKey), { domainType, directory, signal });
  say('booting the stock image');
  const stock = await times(options.stock, stockMachine);
  say('booting our image');
  const ours = await times(options.ours, ourMachine);
  say('creating and deleting a hosting');
  const hosting = await installation.createAndDelete(sshPublicKey, signal);
  const both = ({ page, ssh }: BootTimes) => Math.max(page, ssh);
  return {
    'stock image: page': stock.page,
    'stock image: SSH': stock.ssh,
    'stock image: both': both(stock),
    'our image: page': ours.page,
    'our image: SSH': ours.ssh,
    'our image: both': both(ours),
    'POST /api/v1/host until 201': hosting.create,
    'DELETE /api/v1/host/my until 200': hosting.remove,
  };
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  return (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
}

function tableOf(rounds: Round[]): string {
  const valuesOf = (measure: Measure) => rounds.map((round) => round[measure]);
  const rows = Object.entries(measures).map(([name, stock]) => {
    const values = valuesOf(name as Measure);
    const ratio = stock === null ? '' : (median(values) / median(valuesOf(stock))).toFixed(2);
    return `| ${name} | ${median(values).toFixed(1)} | ${values.map((value) => value.toFixed(1)).join(', ')} | ${ratio} |`;
  });
  return ['| seconds until | median | all | of stock |', '|---|---|---|---|', ...rows].join('\n');
}

/** What the times depend on, for whoever reads them elsewhere. */
async function describeMachine({ ours, 'domain-type': domainType }: Bench['options']): Promise<string> {
  const stdout = await runCommand(['qemu-system-x86_64', '--version'], { timeout: commandTimeout });
  const qemu = /version ([^\s(]+)/.exec(stdout)?.[1] ?? 'unknown';
  const { suite } = z.object({ suite: z.string() }).parse(JSON.parse(readFileSync(join(ours, 'image.json'), 'utf8')));
  return [
    `- accelerator: ${domainType === 'kvm' ? 'KVM' : 'none (TCG)'}; processors: ${availableParallelism()}`,
    `- QEMU ${qemu}; kernel of the host ${release()}`,
    `- stock image: bookworm; our image: ${suite}`,
    `- load average before: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(', ')}`,
  ].join('\n');
}

async function makeKey(directory: string): Promise<string> {
  const file = join(directory, 'key');
  const command = ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', file];
  await runCommand(command, { timeout: commandTimeout });
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

async function bench(options: Bench['options'], directory: string, signal: AbortSignal): Promise<void> {
  const machine = await describeMachine(options);
  const sshPublicKey = await makeKey(directory);
  say('starting an installation');
  const installation = await startInstallation({
    directory: join(directory, 'installation'),
    node: `bench-${directory.slice(-6).toLowerCase()}`,
    imageDirectory: options.ours,
  });
  try {
    signal.throwIfAborted();
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}`);
      rounds.push(await measureRound({ options, directory, sshPublicKey, installation, signal }));
    }
    console.log(`${machine}\n\n${tableOf(rounds)}`);
  } finally {
    say('cleaning up');
    await installation.stop();
  }
}

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => interruption.abort(new Error('The benchmark was stopped before its end.')));
}
const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    ours: { type: 'string' },
    stock: { type: 'string' },
    'domain-type': { type: 'string' },
  },
});
const daemons = new NodeDaemons();
const directory = mkdtempSync('/var/lib/webhoster-bench-');
try {
  // QEMU's own user has to get through to the disks of VMs.
  chmodSync(directory, 0o711);
  await bench(commandLine.parse(values), directory, interruption.signal);
} catch (error) {
  say((error as Error).message);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
  await daemons.stopStarted();
}
