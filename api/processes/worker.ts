import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { leftOutPorts } from '../../programs/site-provider/proxy-control.ts';
import { HostingStacks } from '../../stacks/hosting.ts';
import { readNode } from '../../stacks/node.ts';
import { SpareStacks } from '../../stacks/spares.ts';
import { openPulumi } from '../../stacks/pulumi.ts';
import { requireFirewall } from '../../stacks/firewall-report.ts';
import { placeOf } from '../../stacks/places.ts';
import { readWorkerConfig } from '../config/config.ts';
import { connectDatabase } from '../stores/database.ts';
import { migrate } from '../stores/migrate.ts';
import { type Heartbeat, sendHeartbeat, withdrawHeartbeat } from '../health/heartbeat.ts';
import { visitsFile } from '../../stacks/visits-report.ts';
import { reportMachines } from '../health/machines.ts';
import { authorityOf, ownHosts } from '../certificates/settings.ts';
import { Seal } from '../certificates/seal.ts';
import { tidyCertificates } from '../certificates/tidy.ts';
import { checkDueDomains } from '../domains/check.ts';
import { hastenLapsing } from '../stores/queries/domains.ts';
import { restoreRoutes } from '../jobs/restore-routes.ts';
import { reconcilePower } from '../jobs/reconcile-power.ts';
import { OperationRunner } from '../jobs/runner.ts';
import { Idleness } from '../jobs/idleness.ts';
import { type KeptSpace, lookAtSpaces } from '../jobs/spaces.ts';
import { Admission } from '../jobs/admission.ts';
import { IdleWatch } from '../jobs/sleep-idle.ts';
import { keepSpares } from '../jobs/spare.ts';
import { lanesOf } from '../jobs/lanes.ts';
import { workUntilStopped } from '../jobs/work-loop.ts';
import { createLogger } from '../logger.ts';
import { reconcileDeletedAccounts } from '../operations/hosting.ts';
import { reconcileRoutes } from '../operations/route.ts';
import { reconcileSuspensions } from '../operations/suspension.ts';
import { ProgressFollower } from '../operations/progress.ts';
import { serviceHosts, sitesDomain, whereabouts } from '../config/sites.ts';
import { proxyFacts, pulumiSettings } from '../config/stacks.ts';
import { every } from '../repeat.ts';
import { exitOnConfigError, onStopSignal } from './lifecycle.ts';
import { connectRedis, connectSubscriber } from '../stores/redis.ts';

const config = exitOnConfigError(() => readWorkerConfig());
const name = randomUUID();
const domain = sitesDomain(config);
const seal = new Seal(config.PULUMI_CONFIG_PASSPHRASE);
const logger = createLogger(config.LOG_LEVEL, 'worker').child({ worker: name });
const database = connectDatabase(config.DATABASE_URL);
// A worker may be up before the api, which does the same.
await migrate(database);
const redis = connectRedis(config.REDIS_URL, logger);
const subscriber = connectSubscriber(config.REDIS_URL, logger);
const pulumi = await openPulumi(pulumiSettings(config));
const node = await readNode(pulumi, config.NODE_NAME);
const place = placeOf(node);
// Asked once, as it takes a moment and does not change while the host runs.
const confinedBy = await place.confinement().catch((error: unknown) => {
  logger.warn({ err: error }, 'the node does not tell what confines its machines');
  return null;
});
const stackOptions = {
  pulumi,
  place,
  proxy: proxyFacts(config),
  checks: {
    proxyUrl: config.PROXY_URL,
    bootTimeout: config.BOOT_TIMEOUT_SECONDS,
    firewallReport: config.GUARD_REPORT_FILE,
  },
};
const stacks = new HostingStacks(stackOptions);
const spares = new SpareStacks(stackOptions);
const stopping = new AbortController();
const { signal } = stopping;
const idleness = new Idleness({ place, visitsReport: visitsFile(config.GUARD_REPORT_FILE) });
const { MEMORY_RESERVE: memoryReserve, MEMORY_FOR_MACHINES: memoryForMachines, DISK_RESERVE: diskReserve } = config;
const spaces = () => lookAtSpaces(place, { memoryReserve, memoryForMachines, diskReserve });
const maySleep = place.sleep !== undefined && config.SLEEP_AFTER_SECONDS > 0;
const admission = new Admission({ database, logger, idleness, usage: () => place.usage(), spaces, maySleep });
const runner = new OperationRunner({
  database,
  redis,
  stacks,
  spares,
  admission,
  ports: { firstPort: config.SSH_PORT_FIRST, lastPort: config.SSH_PORT_LAST },
  sitesDomain: domain,
  seal,
  logger,
  signal,
  onClaimLost: (error) => {
    logger.fatal({ err: error }, 'lost the claim on an operation: ending, so that nothing of it goes on here');
    process.exit(1);
  },
});

const domainChecks = {
  database,
  whereabouts: whereabouts(config),
  sitesDomain: domain,
  serviceHosts: serviceHosts(config),
  logger,
};
const beat = every(5_000, sendBeat, (error) => logger.warn({ err: error }, 'no heartbeat'));
const reconcile = every(
  2_000,
  async () => {
    await reconcileDeletedAccounts(database);
    await reconcileSuspensions(database);
    await reconcileRoutes(database, domain);
  },
  (error) =>
    logger.warn({ err: error }, 'what accounts need that were deleted, suspended or renamed could not be asked for'),
);
const watch = every(
  5_000,
  () => reconcilePower(database, stacks),
  (error) => logger.warn({ err: error }, 'the node does not tell which machines are on'),
);
// Until it is done once: the proxy may come up after this.
const routes = every(
  5_000,
  async () => {
    await restoreRoutes({ database, proxy: proxyFacts(config), material: { sitesDomain: domain, seal }, logger });
    routes.stop();
  },
  (error) => logger.warn({ err: error }, 'not all hostings have a route'),
);
// Settings may have been wrong that are right now.
await hastenLapsing(database);
const domains = every(
  2_000,
  () => checkDueDomains(domainChecks),
  (error) => logger.warn({ err: error }, 'domains could not be looked at'),
);
const authority = exitOnConfigError(() => authorityOf(config));
const kept = { database, seal, proxy: proxyFacts(config), sitesDomain: domain, own: ownHosts(config) };
// What speaks ACME takes 30 MB, which only those have who ask an authority.
const { keepCertificates } = authority ? await import('../certificates/turn.ts') : {};
let ordering = Promise.resolve();
const certificates = every(
  5_000,
  () =>
    (ordering =
      authority && keepCertificates
        ? keepCertificates({ ...kept, authority, dnsHook: config.ACME_DNS_HOOK, worker: name, logger, signal })
        : tidyCertificates(kept, null)),
  (error) => logger.warn({ err: error }, 'the certificates of hosts could not be looked after'),
);
const figures = every(
  5_000,
  () => reportMachines(redis, config.NODE_NAME, () => place.usage()),
  (error) => logger.warn({ err: error }, 'the node does not tell what machines use'),
);
const idle = new IdleWatch({
  database,
  redis,
  logger,
  worker: name,
  idleness,
  admission,
  sleepAfter: config.SLEEP_AFTER_SECONDS,
});
const sleep = every(
  15_000,
  () => (maySleep ? idle.look() : Promise.resolve()),
  (error) => logger.warn({ err: error }, 'nobody tells which machines are not used, so none sleeps'),
);
const ready = every(
  5_000,
  () =>
    keepSpares({
      database,
      spares,
      least: config.SPARES_MIN,
      most: config.SPARES_MAX,
      range: { network: config.VM_NETWORK, firstPort: config.SSH_PORT_FIRST, lastPort: config.SSH_PORT_LAST },
      hasRoom: async () => (await stacks.mayStart()) && (await admission.hasPlenty()),
    }),
  (error) => logger.warn({ err: error }, 'it could not be looked how many spare machines there are'),
);
logger.info({ node: config.NODE_NAME, image: node.image.id, domainType: node.domainType }, 'ready for operations');
const working = workUntilStopped({
  database,
  progress: new ProgressFollower(database, subscriber, logger),
  logger,
  worker: name,
  lanes: lanesOf(() => stacks.engineFree()),
  perform: (claim, letNext) => runner.run(claim, letNext),
  signal,
});

onStopSignal(async () => {
  stopping.abort();
  beat.stop();
  reconcile.stop();
  watch.stop();
  routes.stop();
  domains.stop();
  figures.stop();
  sleep.stop();
  ready.stop();
  certificates.stop();
  await working;
  await ordering.catch(() => undefined); // It was logged.
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
  const version = await place.version().catch(() => null);
  const latency_ms = Math.round(performance.now() - start);
  const { disk, saved, memory, processors } = await spaces();
  const heartbeat: Heartbeat = {
    worker: name,
    node: config.NODE_NAME,
    libvirt: { up: version !== null, latency_ms, version },
    confinement: confinedBy,
    firewall: await firewallState(),
    left_out_ports: await leftOutPorts(config.PROXY_CONTROL_SOCKET).catch(() => null),
    disk: spaceTold(disk),
    saved: saved && spaceTold(saved),
    memory: spaceTold(memory),
    processors,
    pulumi: pulumi.version,
    domain_type: node.domainType,
  };
  await sendHeartbeat(redis, heartbeat);
  if (config.HEARTBEAT_FILE) await writeFile(config.HEARTBEAT_FILE, '');
}

function spaceTold({ freeBytes, totalBytes, reserveBytes }: KeptSpace): Heartbeat['disk'] {
  return { free_bytes: freeBytes, total_bytes: totalBytes, reserve_bytes: reserveBytes };
}
