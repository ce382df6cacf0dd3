// What a test makes outside its own folder is known by its names, and written down before it is made: so it goes however the
// test ends, by the test itself, or by scripts/tests/run-tests.ts when ava has ended it or all of it was killed.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeNames } from '../../../programs/names.ts';
import { run, virsh } from '../run.ts';

/** What is of one test on this machine. */
export interface Traces {
  /** Name of its node; its libvirt network, pool, table and link have that in their names, and so have those of `{node}-…`. */
  node: string;
  /** Its folders; VMs that have a file there are its own. */
  directories: string[];
  /** Its compose project, whose containers, volumes and networks are its own. */
  project?: string;
}

interface Owner {
  pid: number;
  /** When it was started, since ids are given again: field 22 of proc(5)'s stat. */
  started: string;
}

const registry = '/run/webhoster-tests';
const fileOf = ({ node }: Traces) => join(registry, `${node}.json`);

/** Writes down what will be made. Until {@link sweep} it is this process's. */
export function leaveTraces(traces: Traces): void {
  mkdirSync(registry, { recursive: true });
  writeFileSync(fileOf(traces), JSON.stringify({ ...traces, owner: ownerOf(process.pid) }), { flag: 'wx' });
}

function ownerOf(pid: number): Owner {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return { pid, started: fields[19] ?? '' };
}

function lives({ pid, started }: Owner): boolean {
  try {
    return ownerOf(pid).started === started;
  } catch {
    // There is no such process.
    return false;
  }
}

/**
 * Takes away what tests have left whose process is gone.
 * @returns the names of their nodes. @throws AggregateError when something could not be taken away; the rest has been.
 */
export async function sweepAbandoned(): Promise<string[]> {
  if (!existsSync(registry)) return [];
  const all = readdirSync(registry).map(
    (name) => JSON.parse(readFileSync(join(registry, name), 'utf8')) as Traces & { owner: Owner },
  );
  const abandoned = all.filter(({ owner }) => !lives(owner));
  await each(abandoned.map((traces) => () => sweep(traces)));
  return abandoned.map(({ node }) => node);
}

/** Takes away what there is of a test, whatever that is. @throws AggregateError when something stays; the rest goes. */
export async function sweep(traces: Traces): Promise<void> {
  const { node, directories, project } = traces;
  await each([
    ...(project === undefined ? [] : [() => removeContainers(project)]),
    () => removeFromLibvirt(traces),
    () => removeFirewalls(node),
    ...directories.map((directory) => () => Promise.resolve(rmSync(directory, { recursive: true, force: true }))),
  ]);
  rmSync(fileOf(traces), { force: true });
}

/** Runs all steps, one after another, whatever becomes of them. @throws AggregateError with what they threw */
export async function each(steps: (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('\n'));
}

const linesOf = (text: string) => text.split('\n').filter(Boolean);
/** Whether a name is that of a node's part, or of a node that a test has made beside its own. */
const isOf = (node: string) => (name: string) => {
  const { network } = nodeNames(node);
  return name === network || name.startsWith(`${network}-`);
};

async function removeFromLibvirt({ node, directories }: Traces): Promise<void> {
  // Should the test have ended it.
  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  const list = async (...args: string[]) => linesOf(await virsh(...args));
  const isTheirs = async (domain: string) => {
    const xml = await virsh('dumpxml', domain).catch(unlessGone);
    return directories.some((directory) => xml.includes(`'${directory}/`));
  };
  await each([
    ...(await list('list', '--all', '--name')).map((domain) => async () => {
      if (await isTheirs(domain)) await removeDomain(domain);
    }),
    ...(await list('net-list', '--all', '--name')).filter(isOf(node)).map((network) => () => remove('net', network)),
    ...(await list('pool-list', '--all', '--name'))
      .map((pool) => pool.trim())
      .filter(isOf(node))
      .map((pool) => () => remove('pool', pool)),
    () => removeBridge(nodeNames(node).bridge),
  ]);
}

/** libvirt's words for what is not there, or not on: somebody else may have been at it. */
function unlessGone(error: unknown): string {
  if (
    /not running|not active|not found|no (domain|network|storage pool) with|failed to get (domain|network|pool)/i.test(
      String(error),
    )
  )
    return '';
  throw error;
}

async function removeDomain(name: string): Promise<void> {
  await virsh('destroy', name).catch(unlessGone);
  await virsh('undefine', name, '--managed-save', '--snapshots-metadata', '--nvram').catch(unlessGone);
}

async function remove(kind: 'net' | 'pool', name: string): Promise<void> {
  await virsh(`${kind}-destroy`, name).catch(unlessGone);
  await virsh(`${kind}-undefine`, name).catch(unlessGone);
}

/** Where libvirtd has forgotten the network that it was for. */
async function removeBridge(bridge: string): Promise<void> {
  if (existsSync(`/sys/class/net/${bridge}`)) await run('ip', ['link', 'delete', bridge]);
}

/** Tables, forwarding and the links that libvirt's hook reads. */
async function removeFirewalls(node: string): Promise<void> {
  const folder = '/etc/libvirt/webhoster';
  const links = existsSync(folder) ? readdirSync(folder).map((name) => name.replace(/\.nft$/, '')) : [];
  const { stdout } = await run('/usr/sbin/nft', ['list', 'tables']);
  const tables = linesOf(stdout).map((line) => line.replace(/^table \w+ /, ''));
  const names = new Set([...links, ...tables].filter(isOf(node)));
  const { network } = nodeNames('');
  await each([...names].map((name) => () => run('scripts/node/remove-firewall.sh', [name.slice(network.length)])));
}

async function removeContainers(project: string): Promise<void> {
  const label = `label=com.docker.compose.project=${project}`;
  const docker = (...args: string[]) => run('docker', args, { timeout: 120_000 });
  const running = await docker('info').then(
    () => true,
    () => false,
  );
  // Without Docker there is none.
  if (!running) return;
  const ids = async (...args: string[]) => linesOf((await docker(...args, '--quiet', '--filter', label)).stdout);
  const [containers, networks, volumes] = [
    await ids('ps', '--all'),
    await ids('network', 'ls'),
    await ids('volume', 'ls'),
  ];
  if (containers.length > 0) await docker('rm', '--force', ...containers);
  if (networks.length > 0) await docker('network', 'rm', ...networks);
  if (volumes.length > 0) await docker('volume', 'rm', ...volumes);
  const format = '{{.Repository}}:{{.Tag}}';
  const images = await docker('image', 'ls', '--format', format, '--filter', `reference=webhoster-*:${project}`);
  if (images.stdout) await docker('image', 'rm', ...linesOf(images.stdout));
}
