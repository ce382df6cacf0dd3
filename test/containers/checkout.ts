import { randomInt } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { freeNetwork } from '../../scripts/dev/network.ts';
import { freePorts } from '../../scripts/dev/ports.ts';
import { run } from '../support/run.ts';
import { each, leaveTraces, sweep } from '../support/engine/traces.ts';

const root = join(import.meta.dirname, '../..');
const timeout = 30 * 60_000;

/** A checkout of its own, whose scripts make an installation in containers beside whatever else is on this machine. */
export interface Checkout {
  directory: string;
  /** Variables for the first run of scripts/docker-start.sh. */
  environment: NodeJS.ProcessEnv;
  url: string;
  project: string;
  node: string;
  /** Runs one of its scripts. @returns what it printed. @throws with that when it fails */
  script: (name: string, args?: string[], environment?: NodeJS.ProcessEnv) => Promise<string>;
  /** Takes everything away that it made. */
  remove: () => Promise<void>;
}

export async function makeCheckout(): Promise<Checkout> {
  const directory = mkdtempSync('/var/tmp/webhoster-checkout-');
  copySources(directory);
  const id = directory.slice(-6).toLowerCase();
  const [httpPort = 0, httpsPort = 0, apiPort = 0] = await freePorts(3);
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    COMPOSE_PROJECT_NAME: `webhoster-test-${id}`,
    NODE_NAME: `test-${id}`,
    WEBHOSTER_DATA_DIR: `/var/lib/webhoster-test-${id}`,
    WEBHOSTER_CACHE_DIR: process.env['WEBHOSTER_CACHE_DIR'] ?? '/var/cache/webhoster',
    HTTP_PORT: String(httpPort),
    HTTPS_PORT: String(httpsPort),
    API_PORT: String(apiPort),
    VM_NETWORK: freeNetwork(),
    DOCKER_SUBNET: freeNetwork(),
  };
  const script: Checkout['script'] = async (name, args = [], more = {}) => {
    const options = { env: { ...environment, ...more }, extendEnv: false, timeout };
    const { stdout, stderr } = await run(join(directory, 'scripts', name), args, options);
    return `${stdout}${stderr}`;
  };
  const { COMPOSE_PROJECT_NAME: project, NODE_NAME: node, WEBHOSTER_DATA_DIR: data } = environment;
  const traces = { node, directories: [directory, data], project };
  leaveTraces(traces);
  // Another installation's, which uninstalling leaves alone, and with it libvirt's hook: other tests need that.
  const another = `/etc/libvirt/webhoster/webhoster-${node}-another.nft`;
  mkdirSync(dirname(another), { recursive: true });
  symlinkSync('/nonexistent', another);
  const stopDocker = await startDocker();
  await keepImages('kept', project);
  const uninstall = async () => {
    if (existsSync(join(directory, '.env'))) await script('uninstall.sh', ['--data']);
  };
  const remove = () => each([() => keepImages(project, 'kept'), uninstall, () => sweep(traces), stopDocker]);
  return { directory, environment, url: `http://localhost:${httpPort}`, project, node, script, remove };
}

const dockerPid = '/run/webhoster-dockerd.pid';

/** Whether Docker runs. */
export const dockerRuns = () => succeeds('docker', ['info']);

/** Starts Docker where it is installed; where not, scripts/docker-start.sh will install it. @returns what ends it, if it did not run. */
export async function startDocker(): Promise<() => Promise<void>> {
  if (await dockerRuns()) return () => Promise.resolve();
  if (await succeeds('sh', ['-c', 'command -v dockerd'])) {
    const script =
      'ROOT=$PWD; source scripts/docker/lib.sh; source scripts/lib/packages.sh; source scripts/docker/install.sh; wait_for_docker';
    await run('bash', ['-c', script], { cwd: root, timeout: 60_000 });
  }
  return async () => {
    if (!existsSync(dockerPid)) return;
    const pid = Number(readFileSync(dockerPid, 'utf8'));
    process.kill(pid, 'SIGTERM');
    await run('tail', ['--pid', String(pid), '--follow', '/dev/null'], { timeout: 60_000 });
    rmSync(dockerPid);
  };
}

async function succeeds(program: string, args: string[]): Promise<boolean> {
  return run(program, args, { timeout: 30_000 }).then(
    () => true,
    () => false,
  );
}

/** What git has, or would take: no node_modules, no .env. */
function copySources(directory: string): void {
  const files = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  for (const path of execaSync('git', files, { cwd: root, timeout: 60_000 }).stdout.split('\0').filter(Boolean)) {
    if (!existsSync(join(root, path))) continue; // Removed, and not yet committed.
    mkdirSync(join(directory, path, '..'), { recursive: true });
    cpSync(join(root, path), join(directory, path));
  }
}

/** Stacks and VMs are named after these: they must not be those of another installation on this machine. */
export async function makeIdsUnique({ project }: Checkout): Promise<void> {
  const statement = `ALTER TABLE users ALTER COLUMN id RESTART WITH ${randomInt(50_000_000, 99_000_000)};
    ALTER SEQUENCE machine_ids RESTART WITH ${randomInt(100_000_000, 2_000_000_000)}`;
  const psql = ['psql', '-h', '/tmp', '-U', 'postgres', '-d', 'webhoster', '-c', statement];
  await run('docker', ['exec', `${project}_postgres_1`, ...psql], { timeout: 30_000 });
}

/** Uninstalling takes the images away; under another tag they are at hand for the next time. */
export async function keepImages(from: string, to: string): Promise<void> {
  if (!(await dockerRuns())) return;
  const { stdout } = await run('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'], { timeout: 30_000 });
  for (const name of stdout.match(new RegExp(`^webhoster-\\w+:${from}$`, 'gm')) ?? []) {
    await run('docker', ['tag', name, name.replace(from, to)], { timeout: 30_000 });
  }
}

/** Id and start of each container of an installation, by name. */
export async function containers({ project }: Checkout): Promise<Record<string, string>> {
  const filter = `label=com.docker.compose.project=${project}`;
  const { stdout: ids } = await run('docker', ['ps', '--quiet', '--filter', filter], { timeout: 30_000 });
  const format = '{{.Name}} {{.Id}} {{.State.StartedAt}} {{.RestartCount}}';
  const { stdout } = await run('docker', ['inspect', '--format', format, ...ids.trim().split('\n')], {
    timeout: 30_000,
  });
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.split(' ')[0], line]),
  ) as Record<string, string>;
}

/** The mode of .env and its secrets, by name. */
export function secretsOf({ directory }: Checkout): Record<string, string> {
  const lines = readFileSync(join(directory, '.env'), 'utf8').split('\n');
  const secrets = lines.filter((line) =>
    /^(?:POSTGRES_PASSWORD|REDIS_PASSWORD|JWT_SECRET|PULUMI_CONFIG_PASSPHRASE)=/.test(line),
  );
  return Object.fromEntries(secrets.map((line) => line.split('=') as [string, string]));
}
