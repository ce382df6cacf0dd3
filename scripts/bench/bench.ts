import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readImage } from '../../api/config/guest-image.ts';
import { runCommand } from '../../programs/run-command.ts';
import { withStack } from '../../stacks/pulumi.ts';
import { NodeDaemons } from '../dev/node-daemons.ts';
import { measureApi } from './api.ts';
import { measureCrowd } from './crowd.ts';
import { ourMachine, stockMachine } from './guests.ts';
import { type OwnInstallation, startInstallation } from './hosting.ts';
import { boot, type BootTimes } from './machine.ts';
import { measureMany } from './many.ts';
import { type Comparison, comparisonTable, median, p95, secondsTable } from './tables.ts';
import { type BenchUser, timed } from './user.ts';
import { createWithoutEngine } from './without-engine.ts';

const commandTimeout = 30_000;
const emptyStack = 'bench-empty';
/** Spare machines, where many create at once too. */
const sparesOfWhole = 5;

const commandLine = z.object({
  rounds: z.coerce.number().int().positive(),
  ours: z.string(),
  stock: z.string(),
  'domain-type': z.enum(['kvm', 'qemu']),
  whole: z.boolean().default(false),
  creates: z.coerce.number().int().positive().default(30),
  stacks: z.coerce.number().int().positive().default(1_000),
});

/** What is measured, in the order of the table. Seconds. */
type Round = Record<
  | 'stock image: page'
  | 'stock image: SSH'
  | 'stock image: both'
  | 'our image: page'
  | 'our image: SSH'
  | 'our image: both'
  | '`POST /host` with a spare machine until 201'
  | '`POST /host` until 201'
  | 'the same with the engine left out'
  | 'a page that was asleep: first byte'
  | 'SSH that was asleep: greeting'
  | '`up` of an empty stack'
  | '`DELETE /host/my` until 200',
  number
>;

/** How the times are to be to one another (issue of 2026-11-30): of medians, or of the 95th percentile. */
const targets: [what: keyof Round, of: keyof Round, figure: 'median' | 'p95', ratio: number][] = [
  ['our image: both', 'stock image: both', 'median', 1],
  ['`POST /host` with a spare machine until 201', 'stock image: both', 'median', 0.05],
  ['`POST /host` with a spare machine until 201', 'stock image: both', 'p95', 0.1],
  ['`POST /host` until 201', 'stock image: both', 'median', 0.25],
  ['`POST /host` until 201', 'our image: both', 'median', 1.4],
  ['`POST /host` until 201', 'the same with the engine left out', 'median', 1.3],
  ['a page that was asleep: first byte', 'stock image: page', 'p95', 0.05],
  ['SSH that was asleep: greeting', 'stock image: SSH', 'p95', 0.05],
  ['`DELETE /host/my` until 200', '`up` of an empty stack', 'median', 2],
];

interface Bench {
  options: z.infer<typeof commandLine>;
  directory: string;
  sshPublicKey: string;
  installation: OwnInstallation;
  user: BenchUser;
  signal: AbortSignal;
}

const say = (text: string) => console.error(`bench: ${text}`);

async function measureRound(bench: Bench): Promise<Round> {
  const { options, directory, sshPublicKey, signal } = bench;
  const domainType = options['domain-type'];
  const times = async (folder: string, machineOf: typeof ourMachine) =>
    boot(machineOf(await readImage(folder, domainType), sshPublicKey), { domainType, directory, signal });
  say('booting the stock image');
  const stock = await times(options.stock, stockMachine);
  say('booting our image');
  const ours = await times(options.ours, ourMachine);
  const both = ({ page, ssh }: BootTimes) => Math.max(page, ssh);
  return {
    'stock image: page': stock.page,
    'stock image: SSH': stock.ssh,
    'stock image: both': both(stock),
    'our image: page': ours.page,
    'our image: SSH': ours.ssh,
    'our image: both': both(ours),
    ...(await measureHosting(bench)),
  };
}

/** The life of a hosting, and what its parts are compared with. */
async function measureHosting({ directory, sshPublicKey, installation, user, signal }: Bench) {
  say('waiting for a spare machine');
  await installation.untilSpares(signal);
  say('creating a hosting of it, and deleting that');
  const withSpare = await user.create(sshPublicKey, signal);
  await user.remove(signal);
  await installation.untilSpares(signal);
  say('creating a hosting from nothing');
  const create = await installation.withoutSpares(() => user.create(sshPublicKey, signal));
  say('putting it to sleep, and visiting it');
  await user.sleep(signal);
  const page = await user.firstByte(signal);
  await user.untilAwake(signal);
  await user.sleep(signal);
  const ssh = await user.greeting(signal);
  await user.untilAwake(signal);
  say('making its machine without the engine');
  const withoutEngine = await createWithoutEngine(user, directory, signal);
  await user.untilAwake(signal);
  const empty = await timed(() =>
    withStack(installation.pulumi, { name: emptyStack, isNew: false, signal }, (stack) => stack.up({ signal })),
  );
  say('deleting it');
  const remove = await user.remove(signal);
  return {
    '`POST /host` with a spare machine until 201': withSpare,
    '`POST /host` until 201': create,
    'the same with the engine left out': withoutEngine,
    'a page that was asleep: first byte': page,
    'SSH that was asleep: greeting': ssh,
    '`up` of an empty stack': empty,
    '`DELETE /host/my` until 200': remove,
  };
}

function compare(rounds: Round[]): Comparison[] {
  return targets.map(([what, of, figure, ratio]) => {
    const of_ = (name: keyof Round) => (figure === 'p95' ? p95 : median)(rounds.map((round) => round[name]));
    return {
      what: `${what}, ${figure}`,
      of,
      ours: of_(what),
      baseline: of_(of),
      unit: 's',
      target: { is: 'at most', ratio },
    };
  });
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

/** What the whole table has besides: what takes long, and what needs no VM. */
async function measureRest({ options, directory, sshPublicKey: key, installation, signal }: Bench, cold: number) {
  const crowd = await measureCrowd(installation, { wanted: options.creates, cold, key, signal });
  const many = await measureMany({
    few: 10,
    many: options.stacks,
    rounds: options.rounds,
    directory,
    node: nodeOf(directory),
    imageDirectory: options.ours,
    key,
    signal,
  });
  say('GET /host/my beside one query');
  return [...crowd, many, ...(await measureApi())];
}

const nodeOf = (directory: string) => `bench-${directory.slice(-6).toLowerCase()}`;

async function bench(options: Bench['options'], directory: string, signal: AbortSignal): Promise<void> {
  const machine = await describeMachine(options);
  const sshPublicKey = await makeKey(directory);
  say('starting an installation');
  const installation = await startInstallation({
    directory: join(directory, 'installation'),
    node: nodeOf(directory),
    imageDirectory: options.ours,
    spares: options.whole ? sparesOfWhole : 1,
  });
  try {
    signal.throwIfAborted();
    const user = await installation.makeUser();
    const all = { options, directory, sshPublicKey, installation, user, signal };
    await withStack(installation.pulumi, { name: emptyStack, isNew: true, signal }, (stack) => stack.up({ signal }));
    const rounds: Round[] = [];
    while (rounds.length < options.rounds) {
      say(`round ${rounds.length + 1} of ${options.rounds}`);
      rounds.push(await measureRound(all));
    }
    const comparisons = compare(rounds);
    if (options.whole) {
      const cold = median(rounds.map((round) => round['`POST /host` until 201']));
      comparisons.push(...(await measureRest(all, cold)));
    }
    console.log(`${machine}\n\n${secondsTable(rounds)}\n\n${comparisonTable(comparisons)}`);
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
    whole: { type: 'boolean' },
    creates: { type: 'string' },
    stacks: { type: 'string' },
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
