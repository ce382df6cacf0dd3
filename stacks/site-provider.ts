import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../programs/site-provider/pulumi-resource-webhoster', import.meta.url));
/** Milliseconds that it may take to start, on a machine with too much to do. */
const startTimeout = 60_000;

interface Running {
  child: ChildProcess;
  port: number;
}

/**
 * The provider of sites, kept running for the engines of this process: else each would start one, which takes longer than what
 * is done for a site. It ends with this process (programs/site-provider/main.ts).
 */
export class SiteProvider {
  #running: Promise<Running> | undefined;

  /**
   * Variables by which an engine finds it (pulumi/pkg: resource/plugin/provider_plugin.go). Starts it where it does not run.
   * @throws Error when it does not start
   */
  async environment(): Promise<Record<string, string>> {
    const running = this.#running && (await this.#running.catch(() => undefined));
    if (!running || hasEnded(running.child)) this.#running = start();
    const { port } = await (this.#running as Promise<Running>);
    return { PULUMI_DEBUG_PROVIDERS: `webhoster:${port}` };
  }

  /** Ends it, with whatever it still does for an engine that is gone. */
  async end(): Promise<void> {
    const running = await this.#running?.catch(() => undefined);
    if (!running || hasEnded(running.child)) return;
    // Else a process that has nothing else to do would end here, with status 13.
    running.child.ref();
    const ended = once(running.child, 'exit');
    // Nothing else may keep this process running until then, as in what prepares a node.
    running.child.ref();
    running.child.kill('SIGKILL');
    await ended;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

/** The program prints the port that it listens on. */
async function start(): Promise<Running> {
  const child = spawn(program, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Nor does what it prints keep this process from ending.
  child.unref();
  const lines = createInterface(child.stdout);
  try {
    const signal = AbortSignal.timeout(startTimeout);
    const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('it ended')));
    const [line] = (await Promise.race([once(lines, 'line', { signal }), ended])) as [string];
    return { child, port: Number(line) };
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error('The provider of sites does not start.', { cause });
  } finally {
    lines.close();
    child.stdout.destroy();
  }
}
