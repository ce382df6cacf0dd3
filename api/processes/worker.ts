import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { HostingStacks } from '../../stacks/hosting.ts';
import { readNode } from '../../stacks/node.ts';
import { openPulumi } from '../../stacks/pulumi.ts';
import { requireFirewall } from '../../stacks/firewall-report.ts';
import { machineUsage } from '../../stacks/machine-usage.ts';
import { confinement, libvirtVersion } from '../../stacks/virsh.ts';
import { readWorkerConfig } from '../config/config.ts';
import { connectDatabase } from '../stores/database.ts';
import { migrate } from '../stores/migrate.ts';
import {
  diskSpace,
  type Heartbeat,
  memorySpace,
  processorLoad,
  sendHeartbeat,
  withdrawHeartbeat,
} from '../health/heartbeat.ts';
import { reportMachines } from '../health/machines.ts';
import { reconcilePower } from '../jobs/reconcile-power.ts';
import { OperationRunner } from '../jobs/runner.ts';
import { workUntilStopped } from '../jobs/work-loop.ts';
import { createLogger } from '../logger.ts';
import { reconcileDeletedAccounts } from '../operations/hosting.ts';
import { reconcileSuspensions } from '../operations/suspension.ts';
import { ProgressFollower } from '../operations/progress.ts';
import { proxyFacts, pulumiSettings } from '../config/stacks.ts';
import { every } from '../repeat.ts';
import { exitOnConfigError, onStopSignal } from './lifecycle.ts';
import { connectRedis, connectSubscriber } from '../stores/redis.ts';

const config = exitOnConfigError(() => readWorkerConfig());
const name = randomUUID();
const logger = createLogger(config.LOG_LEVEL, 'worker').child({ worker: name });
const database = connectDatabase(config.DATABASE_URL);
// A worker may be up before the api, which does the same.
await migrate(database);
const redis = connectRedis(config.REDIS_URL, logger);
const subscriber = connectSubscriber(config.REDIS_URL, logger);
const pulumi = await openPulumi(pulumiSettings(config));
const node = await readNode(pulumi, config.NODE_NAME);
// Asked once, as it takes libvirt a moment and does not change while the host runs.
const confinedBy = await confinement(config.LIBVIRT_URI).catch((error: unknown) => {
  logger.warn({ err: error }, 'libvirt does not tell what confines QEMU');
  return null;
});
const stacks = new HostingStacks({
  pulumi,
  environment: { node, proxy: proxyFacts(config) },
  checks: {
    proxyUrl: config.PROXY_URL,
    bootTimeout: config.BOOT_TIMEOUT_SECONDS,
    firewallReport: config.GUARD_REPORT_FILE,
  },
});
const stopping = new AbortController();
const { signal } = stopping;
const runner = new OperationRunner({
  database,
  redis,
  stacks,
  ports: { firstPort: config.SSH_PORT_FIRST, lastPort: config.SSH_PORT_LAST },
  logger,
  signal,
  onClaimLost: (error) => {
    logger.fatal({ err: error }, 'lost the claim on an operation: ending, so that nothing of it goes on here');
    process.exit(1);
  },
});

const beat = every(5_000, sendBeat, (error) => logger.warn({ err: error }, 'no heartbeat'));
const reconcile = every(
  2_000,
  async () => {
    await reconcileDeletedAccounts(database);
    await reconcileSuspensions(database);
  },
  (error) => logger.warn({ err: error }, 'what deleted and suspended accounts need could not be asked for'),
);
const watch = every(
  5_000,
  () => reconcilePower(database, stacks),
  (error) => logger.warn({ err: error }, 'libvirt does not tell which machines are on'),
);
const figures = every(
  5_000,
  () => reportMachines(redis, config.NODE_NAME, () => machineUsage(config.LIBVIRT_URI)),
  (error) => logger.warn({ err: error }, 'libvirt does not tell what machines use'),
);
logger.info({ node: config.NODE_NAME, image: node.image.id, domainType: node.domainType }, 'ready for operations');
const working = workUntilStopped({
  database,
  progress: new ProgressFollower(subscriber, logger),
  logger,
  worker: name,
  perform: (claim) => runner.run(claim),
  signal,
});

onStopSignal(async () => {
  stopping.abort();
  beat.stop();
  reconcile.stop();
  watch.stop();
  figures.stop();
  await working;
  await withdrawHeartbeat(redis, name).catch(() => undefined);
  redis.disconnect();
  subscriber.disconnect();
  await database.close();
});

function firewallState(): Promise<Heartbeat['firewall']> {
  return requireFirewall(config.GUARD_REPORT_FILE).then(
    () => ({ up: true, reason: null }),
    (error: unknown) => ({ up: false, reason: (error as Error).message }),
  );
}

async function sendBeat(): Promise<void> {
  const start = performance.now();
  const version = await libvirtVersion(config.LIBVIRT_URI).catch(() => null);
  const heartbeat: Heartbeat = {
    worker: name,
    node: config.NODE_NAME,
    libvirt: { up: version !== null, latency_ms: Math.round(performance.now() - start), version },
    confinement: confinedBy,
    firewall: await firewallState(),
    disk: await diskSpace(config.VM_STORAGE_DIR),
    memory: await memorySpace(),
    processors: processorLoad(),
    pulumi: pulumi.version,
    domain_type: node.domainType,
  };
  await sendHeartbeat(redis, heartbeat);
  if (config.HEARTBEAT_FILE) await writeFile(config.HEARTBEAT_FILE, '');
}
