import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endingInWords } from '../../programs/run-command.ts';

export interface ServiceOptions {
  name: string;
  command: string[];
  environment?: NodeJS.ProcessEnv;
  /** File that takes what it prints. */
  log: string;
  /** Unix user and group to run as. */
  user?: { uid: number; gid: number };
  /** What ends it in good order. */
  stopSignal?: NodeJS.Signals;
}

const stopTimeout = 20_000;
/** Milliseconds before a process that ended by itself is started again. */
const restartDelay = 500;

/** A process of the installation: started, kept running, and ended by its own id. */
export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  #child: ChildProcess;
  #supervised = false;
  #stopping = false;

  /** Starts the process. Should this one die in any way, the kernel ends it too. */
  constructor(options: ServiceOptions) {
    this.name = options.name;
    this.#options = options;
    mkdirSync(dirname(options.log), { recursive: true });
    this.#child = this.#start();
  }

  /**
   * Waits until `ready` answers true, and keeps the process running from then on.
   * @throws with the end of its log, when the process ends first or `timeout` (ms) runs out.
   */
  async untilReady(ready: () => Promise<boolean>, timeout = 30_000): Promise<this> {
    const deadline = Date.now() + timeout;
    while (!(await ready().catch(() => false))) {
      if (!this.#running && !this.#supervised)
        throw new Error(`${this.name} started, and ${this.#ending()}:\n${this.lastLines()}`);
      if (Date.now() > deadline)
        throw new Error(`${this.name} was not ready in ${timeout / 1000} s:\n${this.lastLines()}`);
      await delay(50);
    }
    return this.keepRunning();
  }

  /** Starts the process again whenever it ends without having been stopped. */
  keepRunning(): this {
    this.#supervised = true;
    return this;
  }

  lastLines(count = 15): string {
    return readFileSync(this.#options.log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  }

  /** Sends a signal, and waits for the process to end, which {@link keepRunning} then starts again. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!this.#running) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Ends the process for good, by force after 20 s. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeout);
    await this.kill(this.#options.stopSignal ?? 'SIGTERM');
    clearTimeout(force);
  }

  #ending(): string {
    return endingInWords({ status: this.#child.exitCode, signal: this.#child.signalCode });
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #start(): ChildProcess {
    const { command, environment, log, user, stopSignal = 'SIGTERM' } = this.#options;
    const output = openSync(log, 'a');
    // A group of its own, so that Ctrl-C reaches only this process, which stops the others in order.
    const child = spawn('setpriv', ['--pdeathsig', stopSignal.replace('SIG', ''), '--', ...command], {
      detached: true,
      stdio: ['ignore', output, output],
      ...(environment && { env: environment }),
      ...user,
    });
    closeSync(output);
    child.once('exit', () => setTimeout(() => this.#startAgain(), restartDelay));
    return child;
  }

  #startAgain(): void {
    if (this.#supervised && !this.#stopping) this.#child = this.#start();
  }
}
