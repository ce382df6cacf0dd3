import { chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { networkFacts } from '../../../api/config/network.ts';
import type { ProxyFacts } from '../../../programs/arguments.ts';
import { postgresUrl, startPostgres } from '../../../scripts/dev/postgres.ts';
import { proxySettings, startProxy } from '../../../scripts/dev/proxy.ts';
import type { Service } from '../../../scripts/dev/service.ts';
import { type HostingKey, HostingStacks, type HostingSpec } from '../../../stacks/hosting.ts';
import { type NodeSpec, removeNode, upNode } from '../../../stacks/libvirt/node.ts';
import type { GuestImage, NodeOutputs } from '../../../stacks/node.ts';
import { placeOf } from '../../../stacks/places.ts';
import { openPulumi, type Pulumi } from '../../../stacks/pulumi.ts';
import { freeNetwork } from '../../../scripts/dev/network.ts';
import { freePorts, freeRange } from '../../../scripts/dev/ports.ts';
import { run } from '../run.ts';
import { each, leaveTraces, sweep } from './traces.ts';

const root = join(import.meta.dirname, '../../..');

/** The real engine and libvirt, with state in files: what `stacks/` needs and nothing above it. */
export interface TestEngine {
  pulumi: Pulumi;
  node: NodeOutputs;
  nodeName: string;
  image: GuestImage;
  proxy: ProxyFacts;
  stacks: HostingStacks;
  directory: string;
  /** Where the state is, e.g. `file:///…`. */
  backendUrl: string;
  /** Puts the node up with other images or settings. */
  upNode: (changes?: Partial<NodeSpec>) => Promise<NodeOutputs>;
  /** A hosting that nobody else on this machine has. */
  spec: (changes?: Partial<HostingSpec>) => HostingSpec;
  stop: () => Promise<void>;
}

/** More than the hostings of one engine. */
const sshPorts = 50;

export const passphrase = 'a-passphrase-of-32-characters-or-more';

export async function guestImage(): Promise<GuestImage> {
  const { stdout } = await run('scripts/images/build-guest-image.sh', [], { timeout: 600_000 });
  const directory = stdout.trim().split('\n').at(-1) ?? '';
  const { id, initrd, cmdline } = JSON.parse(readFileSync(join(directory, 'image.json'), 'utf8')) as GuestImage;
  const file = (name: string) => join(directory, name);
  return { id, root: file('root.qcow2'), kernel: file('vmlinuz'), initrd: initrd && file(initrd), cmdline };
}

/** Names and folder of an engine's node. */
function makeFolder(): { directory: string; nodeName: string } {
  const directory = mkdtempSync('/var/lib/webhoster-test-');
  chmodSync(directory, 0o711);
  for (const folder of ['vms', 'vms/disks', 'vms/consoles']) mkdirSync(join(directory, folder), { mode: 0o711 });
  return { directory, nodeName: `test-${directory.slice(-6).toLowerCase()}` };
}

export async function startEngine(): Promise<TestEngine> {
  const { directory, nodeName } = makeFolder();
  const traces = { node: nodeName, directories: [directory] };
  leaveTraces(traces);
  // In the order of their making; undone in the other, of which the last goes by names.
  const undo = [() => sweep(traces)];
  const stop = () => each(undo.toReversed());
  try {
    await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
    const [httpPort = 0, httpsPort = 0, apiPort = 0, postgresPort = 0] = await freePorts(4);
    const sshPortFirst = await freeRange(sshPorts);
    const sshRange = { sshPortFirst, sshPortLast: sshPortFirst + sshPorts - 1 };
    const { service, proxy } = await startTestProxy(directory, { httpPort, httpsPort, apiPort, ...sshRange });
    undo.push(() => service.stop());
    // As on an installation: in files an engine that is killed leaves half a state.
    const database = { port: postgresPort, password: 'only-for-this-test' };
    const postgres = await startPostgres({
      directory: join(directory, 'postgres'),
      logs: join(directory, 'logs'),
      ...database,
    });
    undo.push(() => postgres.stop());
    const backendUrl = postgresUrl(database, 'pulumi');
    const pulumi = await openPulumi({ backendUrl, passphrase, toolchainDirectory: join(root, '.toolchain') });
    const network = freeNetwork();
    const image = await guestImage();
    const settings = {
      name: nodeName,
      libvirtUri: 'qemu:///system',
      domainType: 'qemu',
      storageDirectory: join(directory, 'vms'),
    } as const;
    const nameservers = ['192.0.2.53'];
    const up = (changes = {}) =>
      upNode(pulumi, { ...settings, network, nameservers, ...networkFacts(network), image, ...changes });
    undo.push(() => removeNode(pulumi, nodeName));
    const node = await up();
    const checks = { proxyUrl: `http://127.0.0.1:${httpPort}`, bootTimeout: 60, firewallReport: '/nonexistent' };
    const stacks = new HostingStacks({ pulumi, place: placeOf(node), proxy, checks });
    const { spec, made } = specMaker(network, sshPortFirst);
    // Those that a failed test left.
    const quiet = () => ({ signal: AbortSignal.timeout(120_000), onDestroyFailed: () => undefined });
    undo.push(() => each(made.map((one) => () => stacks.remove(one, quiet()))));
    return { pulumi, node, nodeName, image, proxy, stacks, directory, backendUrl, upNode: up, spec, stop };
  } catch (error) {
    await stop().catch((second: unknown) => console.error(second));
    throw error;
  }
}

async function startTestProxy(
  directory: string,
  ports: { httpPort: number; httpsPort: number; apiPort: number; sshPortFirst: number; sshPortLast: number },
): Promise<{ service: Service; proxy: ProxyFacts }> {
  const folder = join(directory, 'proxy');
  const { sites: sitesDirectory, controlSocket } = proxySettings(folder);
  const service = await startProxy({ directory: folder, logs: join(directory, 'logs'), ...ports });
  return { service, proxy: { sitesDirectory, controlSocket, addresses: [] } };
}

function specMaker(network: string, firstSshPort: number) {
  const made: HostingKey[] = [];
  const spec = (changes: Partial<HostingSpec> = {}): HostingSpec => {
    const index = made.length + 1;
    const userId = 49_000_000 + (process.pid % 10_000) * 100 + index;
    const key = { userId, machineId: userId + 50_000_000 };
    made.push(key);
    return {
      ...key,
      username: 'gildong',
      vmIp: network.replace(/0\/24$/, String(index + 1)),
      sshPort: firstSshPort + index - 1,
      hosts: [`site-${index}.localhost`],
      certificates: {},
      sshPublicKeys: [],
      sshPasswordHash: '$6$salt$hash-of-the-password',
      instanceId: '00000000-0000-4000-8000-000000000000',
      randomSeed: 'cmFuZG9tLXNlZWQtb2YtdGhlLWd1ZXN0',
      powered: true,
      suspended: false,
      ...changes,
    };
  };
  return { spec, made };
}
