import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readWorkerConfig } from '../../api/config/config.ts';
import { connectDatabase, type Database } from '../../api/stores/database.ts';
import { proxyFacts, pulumiSettings } from '../../api/config/stacks.ts';
import { machineNames, nodeNames } from '../../programs/names.ts';
import { runCommand } from '../../programs/run-command.ts';
import type { Hosting } from '../../api/models/hosting.ts';
import type { Spare } from '../../api/models/spare.ts';
import { SpareStacks } from '../../stacks/spares.ts';
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
  /** Waits until there are as many spare machines as there are to be, and nothing is done. */
  untilSpares: (signal: AbortSignal) => Promise<void>;
  /** Has spare machines given to nobody meanwhile. */
  withoutSpares: <T>(work: () => Promise<T>) => Promise<T>;
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
  /** How many machines are made before they have a user. */
  spares: number;
}): Promise<OwnInstallation> {
  const { directory, node, imageDirectory, spares } = options;
  const [httpPort = 0, httpsPort = 0, apiPort = 0, postgresPort = 0, redisPort = 0] = await freePorts(5);
  // A user, with one token, makes a hosting in every round; and what takes long is measured, and does not fail.
  const limits = { LIMIT_CREATE: '10000', LIMIT_CALLS: '1000000' };
  const patience = { ...limits, JWT_LIFETIME_SECONDS: '86400', BOOT_TIMEOUT_SECONDS: '1800' };
  const ready = { SPARES_MIN: String(spares), SPARES_MAX: String(spares) };
  const machine = { NODE_NAME: node, VM_NETWORK: freeNetwork(), GUEST_IMAGE_DIR: imageDirectory, ...ready };
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
    await installation.startAllButWorkers();
    const opened = (database = connectDatabase(environment['DATABASE_URL'] ?? ''));
    // Stacks and VMs are named after these: they must not be those of another installation on this machine.
    const firstId = randomInt(30_000_000, 49_000_000);
    await opened.query(`ALTER TABLE users ALTER COLUMN id RESTART WITH ${firstId}`);
    await opened.query(`ALTER SEQUENCE machine_ids RESTART WITH ${firstId}`);
    await installation.startWorkers();
    pulumi = await openPulumi(pulumiSettings(readWorkerConfig(environment)));
    const makeUser = () => BenchUser.make(`http://127.0.0.1:${httpPort}`, opened);
    const untilSpares = (signal: AbortSignal) => untilQuiet(opened, spares, signal);
    return { pulumi, makeUser, untilSpares, withoutSpares: (work) => lockingSpares(opened, work), stop };
  } catch (error) {
    await stop().catch((second: unknown) => console.error((second as Error).message));
    throw error;
  }
}

async function untilQuiet(
  { models: { Operation, Spare } }: Database,
  spares: number,
  signal: AbortSignal,
): Promise<void> {
  const isQuiet = async () =>
    (await Spare.count({ where: { state: 'asleep' } })) === spares &&
    (await Operation.count({ where: { state: ['queued', 'running'] } })) === 0;
  while (!(await isQuiet())) await delay(500, undefined, { signal });
}

/** A create passes over those that another transaction holds. */
function lockingSpares<T>(database: Database, work: () => Promise<T>): Promise<T> {
  return database.transaction(async (transaction) => {
    await database.models.Spare.findAll({ lock: true, transaction });
    return work();
  });
}

interface Found {
  hostings?: Hosting[] | undefined;
  spares?: Spare[] | undefined;
}

/** Ends the installation, once its node is clean. @param database none before there was one */
async function takeAway(installation: Installation, database: Database | undefined): Promise<void> {
  try {
    // No other engine may be at work on the stacks.
    await Promise.all(installation.named('worker').map((worker) => worker.stop()));
    const found = {
      hostings: await database?.models.Hosting.findAll(),
      spares: await database?.models.Spare.findAll(),
    };
    await clearNode(installation.environment, found);
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

async function clearNode(environment: NodeJS.ProcessEnv, { hostings = [], spares = [] }: Found): Promise<void> {
  const config = readWorkerConfig(environment);
  const name = config.NODE_NAME;
  try {
    const pulumi = await openPulumi(pulumiSettings(config));
    if (hostings.length + spares.length > 0) {
      const place = placeOf(await readNode(pulumi, name));
      const checks = { proxyUrl: config.PROXY_URL, bootTimeout: 1, firewallReport: config.GUARD_REPORT_FILE };
      const options = { pulumi, place, proxy: proxyFacts(config), checks };
      const quiet = () => ({ signal: AbortSignal.timeout(removeTimeout), onDestroyFailed: () => undefined });
      for (const one of hostings) await new HostingStacks(options).remove(one, quiet());
      for (const one of spares) await new SpareStacks(options).remove(one, quiet());
    }
    await removeNode(pulumi, name);
  } catch (error) {
    const vms = [...hostings, ...spares].map(({ machineId }) => `VM ${machineNames(machineId).vmId}, `).join('');
    const left = `${vms}pool and network ${nodeNames(name).pool}`;
    throw new Error(`The node could not be cleared: ${(error as Error).message}. Remove with virsh: ${left}.`, {
      cause: error,
    });
  }
}
