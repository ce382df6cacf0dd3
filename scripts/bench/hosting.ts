import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readWorkerConfig } from '../../api/config/config.ts';
import { connectDatabase, type Database } from '../../api/stores/database.ts';
import { proxyFacts, pulumiSettings } from '../../api/config/stacks.ts';
import { machineNames, nodeNames } from '../../programs/names.ts';
import { runCommand } from '../../programs/run-command.ts';
import { HostingStacks } from '../../stacks/hosting.ts';
import { removeNode } from '../../stacks/libvirt/node.ts';
import { readNode } from '../../stacks/node.ts';
import { placeOf } from '../../stacks/places.ts';
import { openPulumi, type Pulumi } from '../../stacks/pulumi.ts';
import { Installation } from '../dev/installation.ts';
import { freeNetwork } from '../dev/network.ts';
import { freePorts, freeSshPorts } from '../dev/ports.ts';
import { BenchUser } from './user.ts';

/** A whole Webhoster, with users as they are asked for. */
export interface OwnInstallation {
  /** An engine beside the worker's, on the same state. */
  pulumi: Pulumi;
  /** Another user, who has no hosting. */
  makeUser: () => Promise<BenchUser>;
  /** Takes away all of it but its folder. */
  stop: () => Promise<void>;
}

/** Milliseconds. */
const removeTimeout = 60_000;

/** Starts a whole Webhoster beside whatever else runs on this machine: own folder, ports, network, names and user ids. */
export async function startInstallation(options: {
  directory: string;
  node: string;
  imageDirectory: string;
}): Promise<OwnInstallation> {
  const { directory, node, imageDirectory } = options;
  const [httpPort = 0, httpsPort = 0, apiPort = 0, postgresPort = 0, redisPort = 0] = await freePorts(5);
  // A user, with one token, makes a hosting in every round; and what takes long is measured, and does not fail.
  const limits = { LIMIT_CREATE: '10000', LIMIT_CALLS: '1000000' };
  const patience = { ...limits, JWT_LIFETIME_SECONDS: '86400', BOOT_TIMEOUT_SECONDS: '1800' };
  const machine = { NODE_NAME: node, VM_NETWORK: freeNetwork(), GUEST_IMAGE_DIR: imageDirectory };
  const variables = { ...machine, ...(await freeSshPorts()), ...patience };
  const ports = { httpPort, httpsPort, apiPort, postgresPort, redisPort };
  const installation = new Installation({ directory, ...ports, workers: 1, variables });
  const { environment } = installation;
  let database: Database | undefined;
  let pulumi: Pulumi | undefined;
  const stop = async () => {
    await pulumi?.siteProvider.end();
    await takeAway(installation, database);
  };
  try {
    await installation.start();
    const opened = (database = connectDatabase(environment['DATABASE_URL'] ?? ''));
    // Stacks and VMs are named after these: they must not be those of another installation on this machine.
    const firstId = randomInt(30_000_000, 49_000_000);
    await opened.query(`ALTER TABLE users ALTER COLUMN id RESTART WITH ${firstId}`);
    await opened.query(`ALTER SEQUENCE machine_ids RESTART WITH ${firstId}`);
    pulumi = await openPulumi(pulumiSettings(readWorkerConfig(environment)));
    return { pulumi, makeUser: () => BenchUser.make(`http://127.0.0.1:${httpPort}`, opened), stop };
  } catch (error) {
    await stop().catch((second: unknown) => console.error((second as Error).message));
    throw error;
  }
}

type Found = { userId: number; machineId: number }[];

/** Ends the installation, once its node is clean. @param database none before there was one */
async function takeAway(installation: Installation, database: Database | undefined): Promise<void> {
  try {
    // No other engine may be at work on the stacks.
    await Promise.all(installation.named('worker').map((worker) => worker.stop()));
    const hostings = (await database?.models.Hosting.findAll()) ?? [];
    await clearNode(installation.environment, hostings);
  } finally {
    await database?.close();
    await installation.stop();
    await removeFirewall(installation.environment);
  }
}

/** When nothing puts it back any more. */
async function removeFirewall({ NODE_NAME: node = '' }: NodeJS.ProcessEnv): Promise<void> {
  const script = fileURLToPath(new URL('../node/remove-firewall.sh', import.meta.url));
  await runCommand([script, node], { timeout: removeTimeout });
}

async function clearNode(environment: NodeJS.ProcessEnv, hostings: Found): Promise<void> {
  const config = readWorkerConfig(environment);
  const name = config.NODE_NAME;
  try {
    const pulumi = await openPulumi(pulumiSettings(config));
    if (hostings.length > 0) {
      const place = placeOf(await readNode(pulumi, name));
      const checks = { proxyUrl: config.PROXY_URL, bootTimeout: 1, firewallReport: config.GUARD_REPORT_FILE };
      const stacks = new HostingStacks({ pulumi, place, proxy: proxyFacts(config), checks });
      for (const one of hostings)
        await stacks.remove(one, { signal: AbortSignal.timeout(removeTimeout), onDestroyFailed: () => undefined });
    }
    await removeNode(pulumi, name);
  } catch (error) {
    const vms = hostings.map(({ machineId }) => `VM ${machineNames(machineId).vmId}, `).join('');
    const left = `${vms}pool and network ${nodeNames(name).pool}`;
    throw new Error(`The node could not be cleared: ${(error as Error).message}. Remove with virsh: ${left}.`, {
      cause: error,
    });
  }
}
