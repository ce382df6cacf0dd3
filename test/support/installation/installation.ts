import { randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkerConfig } from '../../../api/config/config.ts';
import { connectDatabase, type Database } from '../../../api/stores/database.ts';
import { proxyFacts, pulumiSettings } from '../../../api/config/stacks.ts';
import { Installation } from '../../../scripts/dev/installation.ts';
import { HostingStacks } from '../../../stacks/hosting.ts';
import { removeNode } from '../../../stacks/libvirt/node.ts';
import { readNode } from '../../../stacks/node.ts';
import { placeOf } from '../../../stacks/places.ts';
import { SpareStacks } from '../../../stacks/spares.ts';
import { openPulumi } from '../../../stacks/pulumi.ts';
import { LibvirtRelay } from './libvirt-relay.ts';
import { freeNetwork } from '../../../scripts/dev/network.ts';
import { freePorts, freeSshPorts } from '../../../scripts/dev/ports.ts';
import { each, leaveTraces, sweep } from '../engine/traces.ts';

export interface TestInstallation {
  installation: Installation;
  relay: LibvirtRelay;
  database: Database;
  /** Where users reach it. */
  url: string;
  directory: string;
  /** Name of the node, and of its pool and network after `webhoster-`. */
  node: string;
  stop: () => Promise<void>;
}

/** A whole Webhoster beside whatever else runs on this machine: own folder, ports, network, names and user ids. */
export async function startInstallation(
  options: { workers?: number; variables?: NodeJS.ProcessEnv } = {},
): Promise<TestInstallation> {
  const directory = mkdtempSync('/var/lib/webhoster-test-');
  chmodSync(directory, 0o711);
  const node = `test-${directory.slice(-6).toLowerCase()}`;
  const traces = { node, directories: [directory] };
  leaveTraces(traces);
  const relay = new LibvirtRelay(join(directory, 'libvirt.sock'));
  const [httpPort = 0, httpsPort = 0, apiPort = 0, postgresPort = 0, redisPort = 0] = await freePorts(5);
  const machine = { NODE_NAME: node, VM_NETWORK: freeNetwork(), LIBVIRT_URI: relay.uri };
  const variables = { ...machine, ...(await freeSshPorts()), ...options.variables };
  const ports = { httpPort, httpsPort, apiPort, postgresPort, redisPort };
  const installation = new Installation({ directory, ...ports, workers: options.workers ?? 1, variables });
  const database = connectDatabase(installation.environment['DATABASE_URL'] ?? '');
  // What an operator would do comes first, and whatever that leaves goes by its names. Workers make spare machines meanwhile.
  const stop = () =>
    each([
      () => Promise.all(installation.named('worker').map((worker) => worker.stop())),
      () => removeEverything(installation, database),
      () => database.close(),
      () => installation.stop(),
      () => relay.cut(),
      () => sweep(traces),
    ]);
  try {
    await relay.open();
    await installation.startAllButWorkers();
    // Stacks and VMs are named after these: they must not be those of another installation on this machine.
    await database.query(`ALTER TABLE users ALTER COLUMN id RESTART WITH ${randomInt(50_000_000, 99_000_000)}`);
    await database.query(`ALTER SEQUENCE machine_ids RESTART WITH ${randomInt(100_000_000, 2_000_000_000)}`);
    await installation.startWorkers();
  } catch (error) {
    await stop().catch((second: unknown) => console.error(second));
    throw error;
  }
  return { installation, relay, database, url: `http://localhost:${httpPort}`, directory, node, stop };
}

/** What the tests left, and the node itself. */
async function removeEverything({ environment }: Installation, database: Database): Promise<void> {
  const config = readWorkerConfig(environment);
  const pulumi = await openPulumi(pulumiSettings(config));
  const options = {
    pulumi,
    place: placeOf(await readNode(pulumi, config.NODE_NAME)),
    proxy: proxyFacts(config),
    checks: { proxyUrl: config.PROXY_URL, bootTimeout: 1, firewallReport: config.GUARD_REPORT_FILE },
  };
  const stacks = new HostingStacks(options);
  const spares = new SpareStacks(options);
  const quiet = () => ({ signal: AbortSignal.timeout(60_000), onDestroyFailed: () => undefined });
  for (const hosting of await database.models.Hosting.findAll()) await stacks.remove(hosting, quiet());
  for (const spare of await database.models.Spare.findAll()) await spares.remove(spare, quiet());
  await removeNode(pulumi, config.NODE_NAME);
}
