import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConcurrentUpdateError,
  LocalWorkspace,
  type LocalWorkspaceOptions,
  PulumiCommand,
  type PulumiFn,
  Stack,
  StackAlreadyExistsError,
  StackNotFoundError,
} from '@pulumi/pulumi/automation/index.js';
import PQueue from 'p-queue';
import { CommandError, runCommand } from '../programs/run-command.ts';
import { endEngine, engineMark } from './engine-processes.ts';
import { stopIfAsked } from './errors.ts';
import { SiteProvider } from './site-provider.ts';

export const projectName = 'webhoster';

/** Exit status of the CLI when there is no such stack (measured with 3.256.0). */
const stackNotFound = 6;

export interface PulumiSettings {
  /** Where state is kept, e.g. `postgres://…`. Holds a password. */
  backendUrl: string;
  /** Encrypts the secrets in the state. */
  passphrase: string;
  /** Folder made by `scripts/toolchain/toolchain.sh`. */
  toolchainDirectory: string;
}

export interface Pulumi {
  readonly command: PulumiCommand;
  readonly home: string;
  /** Of the CLI, e.g. `3.256.0`. */
  readonly version: string;
  readonly environment: Record<string, string>;
  /** Who waits for the engine, which works for one at a time: its handlers are the process's, and so is its memory. */
  readonly turns: PQueue;
  readonly siteProvider: SiteProvider;
}

/**
 * Finds the Pulumi CLI, once for a process.
 * @throws when the toolchain is not there: run `scripts/toolchain/toolchain.sh`.
 */
export async function openPulumi(settings: PulumiSettings): Promise<Pulumi> {
  const { backendUrl, passphrase, toolchainDirectory } = settings;
  const environment = {
    ...backendEnvironment(backendUrl),
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    // Copies that would outlive the hosting; the database has backups of its own.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: 'true',
    // Without it each run derives the passphrase's key twice: for the state, and for the settings of a folder that is new.
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
    // Else each call lists all stacks, to warn of files that none of ours ever were.
    PULUMI_DIY_BACKEND_NO_LEGACY_WARNING: 'true',
    // Each call leaves a log in the home, and looks at all of a week.
    PULUMI_LOG_ROTATION_MAX_TOTAL_MB: '20',
    PULUMI_LOG_ROTATION_MAX_AGE_DAYS: '1',
    // The CLI and its two plugins in Go end before it pays to collect. From the limit on, which each has for itself, they do all
    // the same: a worker has 1 GiB for all.
    GOGC: 'off',
    GOMEMLIMIT: '150MiB',
  };
  const command = await PulumiCommand.get({ root: join(toolchainDirectory, 'bounded') });
  const home = join(toolchainDirectory, 'home');
  return {
    command,
    home,
    version: String(command.version),
    environment,
    turns: new PQueue({ concurrency: 1 }),
    siteProvider: new SiteProvider(),
  };
}

/** The CLI's own logs tell the address of its backend (3.256.0), so the password goes beside it. */
function backendEnvironment(url: string): Record<string, string> {
  if (!/^postgres(ql)?:/.test(url)) return { PULUMI_BACKEND_URL: url };
  const address = new URL(url);
  const password = decodeURIComponent(address.password);
  address.password = '';
  return { PULUMI_BACKEND_URL: address.href, ...(password && { PGPASSWORD: password }) };
}

export interface StackRun {
  name: string;
  /** None where the engine only takes away. */
  program?: PulumiFn;
  /** Whether it is made first, unless an attempt that was cut off made it. */
  isNew?: boolean;
  /** Under which name it is, if under another one: it is given its own first. */
  formerName?: string;
  /** Aborted when whoever asks stops. */
  signal?: AbortSignal;
  /** Told when it is its turn. */
  onTurn?: (() => void) | undefined;
}

/**
 * Gives `work` a stack in a folder of its own that is gone afterwards, when it is its turn in this process. Whether there is one the engine tells:
 * {@link isMissing} of what it throws.
 */
export function withStack<T>(pulumi: Pulumi, run: StackRun, work: (stack: Stack) => Promise<T>): Promise<T> {
  const { name, program = () => Promise.resolve(), isNew = false, formerName, signal, onTurn } = run;
  return pulumi.turns.add(() => {
    if (signal) stopIfAsked(signal);
    onTurn?.();
    return withWorkspace(pulumi, name, async (options) => {
      const workspace = await LocalWorkspace.create({ ...options, program });
      if (isNew) await Stack.create(name, workspace).catch(ignoreExisting);
      if (formerName) await renameStack(pulumi, { from: formerName, to: name, cwd: workspace.workDir });
      return work(await selectQuietly(name, workspace));
    });
  });
}

/**
 * The stack without what the Automation API asks the CLI beside each run (3.256.0): whether it is there, its outputs twice,
 * and its history. Each takes as long as a start of the CLI or two, and what is wanted of them the run itself tells.
 */
async function selectQuietly(name: string, workspace: LocalWorkspace): Promise<Stack> {
  workspace.selectStack = () => Promise.resolve();
  workspace.stackOutputs = () => Promise.resolve({});
  const stack = await Stack.select(name, workspace);
  stack.info = () => Promise.resolve(undefined);
  return stack;
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof StackAlreadyExistsError)) throw error;
}

/** Whether the engine found no such stack. */
export function isMissing(error: unknown): boolean {
  return error instanceof StackNotFoundError;
}

/** All of a stack's resources get other names in the state, and stay what they are. */
async function renameStack(
  pulumi: Pulumi,
  { from, to, cwd }: { from: string; to: string; cwd: string },
): Promise<void> {
  await runCli(pulumi, ['stack', 'rename', to, '--stack', from, '--non-interactive'], cwd);
}

/**
 * Runs the engine, and once more when an engine that was killed left its lock behind.
 * Whoever calls has made sure that no engine is at work on the stack: the lock itself cannot tell, and never expires.
 */
export async function withLockRecovery<T>(stack: Stack, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConcurrentUpdateError)) throw error;
    await stack.cancel();
    return run();
  }
}

/**
 * Removes a stack from the state, with the backups that the Automation API would leave there.
 * @param options.force even though the state still lists resources
 */
export async function forgetStack(pulumi: Pulumi, stack: Stack, { force }: { force: boolean }): Promise<void> {
  const args = ['stack', 'rm', '--yes', '--remove-backups', '--stack', stack.name, ...(force ? ['--force'] : [])];
  await runCli(pulumi, args, stack.workspace.workDir);
}

/**
 * The outputs of a stack; null when there is none. Without a workspace, so that any number of processes may ask at a
 * time, while an engine is at work too.
 */
export async function readOutputs(pulumi: Pulumi, name: string): Promise<Record<string, unknown> | null> {
  const stack = `organization/${projectName}/${name}`;
  try {
    const args = ['stack', 'output', '--json', '--show-secrets', '--non-interactive', '--stack', stack];
    return JSON.parse(await runCli(pulumi, args, '/')) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof CommandError && error.ending.status === stackNotFound) return null;
    throw error;
  }
}

function runCli(pulumi: Pulumi, args: string[], cwd: string): Promise<string> {
  const env = { ...pulumi.environment, PULUMI_HOME: pulumi.home };
  return runCommand([pulumi.command.command, ...args], { cwd, env, timeout: 60_000 });
}

/**
 * Gives `work` a folder of the stack's own. It is always the same one for a stack, on which only one engine works at a
 * time, so that what a killed process left there, files and processes, goes with the next run.
 */
async function withWorkspace<T>(
  pulumi: Pulumi,
  stackName: string,
  work: (options: LocalWorkspaceOptions) => Promise<T>,
): Promise<T> {
  const id = createHash('sha256').update(`${pulumi.environment['PULUMI_BACKEND_URL']} ${stackName}`).digest('hex');
  const workDir = join(pulumi.home, 'work', id.slice(0, 32));
  const clear = async () => {
    endEngine(id);
    await rm(workDir, { recursive: true, force: true });
    await rm(selectionFile(pulumi, workDir), { force: true });
  };
  await clear();
  await mkdir(workDir, { recursive: true, mode: 0o700 });
  try {
    const found = await pulumi.siteProvider.environment();
    return await work({
      workDir,
      pulumiCommand: pulumi.command,
      pulumiHome: pulumi.home,
      envVars: { ...pulumi.environment, ...found, [engineMark]: id },
      projectSettings: { name: projectName, runtime: 'nodejs' },
    });
  } catch (error) {
    // It may be at work for an engine that was ended, and must write nothing any more.
    await pulumi.siteProvider.end();
    throw error;
  } finally {
    await clear();
  }
}

/** Where the CLI keeps which stack is selected in a project's folder (pulumi/pkg: workspace.go); it never tidies up. */
function selectionFile({ home }: Pulumi, workDir: string): string {
  const hash = createHash('sha1').update(join(workDir, 'Pulumi.yaml')).digest('hex');
  return join(home, 'workspaces', `${projectName}-${hash}-workspace.json`);
}
