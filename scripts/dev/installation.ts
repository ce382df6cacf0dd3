import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { readWorkerConfig } from '../../api/config/config.ts';
import { endingInWords } from '../../programs/run-command.ts';
import { requireFirewall } from '../../stacks/firewall-report.ts';
import { startPostgres } from './postgres.ts';
import { startProxy } from './proxy.ts';
import { startRedis } from './redis.ts';
import { Service } from './service.ts';
import { environmentOf, type InstallationOptions, readSecrets, writeEnvironment } from './settings.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = join(root, 'node_modules', '.bin', 'node');
/** Milliseconds; building the guest image is the most of it. */
const nodeTimeout = 30 * 60_000;

/** All processes of a Webhoster on one machine, as `docker-compose.yml` has them in containers. */
export class Installation {
  readonly environment: NodeJS.ProcessEnv;
  /** In the order of their start: each uses only those before it. */
  readonly services: Service[] = [];
  readonly #options: InstallationOptions;
  readonly #logs: string;
  #preparation: { kill: () => boolean } | undefined;
  #stopping = false;

  constructor(options: InstallationOptions) {
    this.#options = options;
    this.#logs = join(options.directory, 'logs');
    this.environment = environmentOf(options);
  }

  /** Starts the processes in order, each when those it needs are ready. @throws with the end of a log. */
  async start(say?: (text: string) => void): Promise<this> {
    await this.startAllButWorkers(say);
    await this.startWorkers();
    return this;
  }

  /** As {@link start}, for who has something to do before operations are carried out. */
  async startAllButWorkers(say: (text: string) => void = () => undefined): Promise<void> {
    const { directory, apiPort, postgresPort, redisPort } = this.#options;
    const logs = this.#logs;
    const secrets = readSecrets(directory);
    writeEnvironment(directory, this.environment);
    say('PostgreSQL and Redis');
    await this.#add(
      startPostgres({ directory: join(directory, 'postgres'), logs, port: postgresPort, password: secrets.database }),
    );
    await this.#add(
      startRedis({ directory: join(directory, 'redis'), logs, port: redisPort, password: secrets.redis }),
    );
    say('node');
    await this.prepareNode();
    say('guard, proxy, api and workers');
    await this.#startGuard();
    const { hostname: publicHost } = new URL(this.environment['PUBLIC_URL'] ?? '');
    const { SSH_PORT_FIRST, SSH_PORT_LAST, BOOT_TIMEOUT_SECONDS } = readWorkerConfig(this.environment);
    const settings = { sshPortFirst: SSH_PORT_FIRST, sshPortLast: SSH_PORT_LAST, wakeSeconds: BOOT_TIMEOUT_SECONDS };
    const proxy = { ...settings, directory: join(directory, 'proxy'), logs, publicHost };
    await this.#add(startProxy({ ...this.#options, ...proxy }));
    const api = this.#startOurs('api', 'api/processes/api.ts');
    this.services.push(api);
    await api.untilReady(() => answers(`http://127.0.0.1:${apiPort}/api/v1/health`));
  }

  async startWorkers(): Promise<void> {
    for (let index = 1; index <= this.#options.workers; index++) {
      this.services.push(this.#startOurs(`worker-${index}`, 'api/processes/worker.ts').keepRunning());
    }
    await this.untilHealthy();
  }

  async #add(starting: Promise<Service>): Promise<void> {
    const service = await starting;
    this.services.push(service);
    if (!this.#stopping) return;
    await service.stop();
    throw new Error('The installation was stopped while it started.');
  }

  /** Waits until every part answers. @throws with the end of the last worker's log */
  async untilHealthy(): Promise<void> {
    const url = `http://127.0.0.1:${this.#options.httpPort}/api/v1/health/detailed`;
    await this.services.at(-1)?.untilReady(() => answers(url), 60_000);
  }

  /** The services whose name begins so, e.g. `worker`. */
  named(prefix: string): Service[] {
    return this.services.filter(({ name }) => name.startsWith(prefix));
  }

  /** Runs `scripts/node/prepare-node.sh`, which tells on standard error what it does. @throws when it fails */
  async prepareNode(variables: NodeJS.ProcessEnv = {}): Promise<void> {
    if (this.#stopping) throw new Error('The installation was stopped while it started.');
    const script = execa(join(root, 'scripts/node/prepare-node.sh'), {
      env: { ...this.environment, ...variables },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: nodeTimeout,
      reject: false,
    });
    this.#preparation = script;
    const { failed, exitCode: status = null, signal = null, timedOut } = await script;
    if (!failed) return;
    const words = endingInWords({ status, signal, limit: timedOut ? nodeTimeout : undefined });
    throw new Error(`The node could not be prepared; the reason stands above. scripts/node/prepare-node.sh: ${words}.`);
  }

  /** Ends the workers in good order, and waits until they are back with what the node offers now. */
  async restartWorkers(): Promise<void> {
    await Promise.all(this.named('worker').map((worker) => worker.kill('SIGTERM')));
    await this.untilHealthy();
  }

  /** Ends every process, those that use others first. VMs keep running. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#preparation?.kill();
    await Promise.all(this.named('worker').map((worker) => worker.stop()));
    for (const service of this.services.splice(0).reverse()) await service.stop();
  }

  /** VMs are only made while it vouches for the rules that keep them apart. */
  async #startGuard(): Promise<void> {
    const guard = this.#startOurs('guard', 'api/processes/guard.ts');
    this.services.push(guard);
    await guard.untilReady(() =>
      requireFirewall(this.environment['GUARD_REPORT_FILE'] ?? '').then(
        () => true,
        () => false,
      ),
    );
  }

  #startOurs(name: string, file: string): Service {
    return new Service({
      name,
      command: [node, join(root, file)],
      environment: this.environment,
      log: join(this.#logs, `${name}.log`),
    });
  }
}

async function answers(url: string): Promise<boolean> {
  return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
}
