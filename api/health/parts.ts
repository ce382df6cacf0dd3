import { machineNames } from '../../programs/names.ts';
import { neededOf, wholeMachine } from '../room.ts';
import type { Services } from '../services.ts';
import { countCertificates } from '../stores/queries/certificates.ts';
import { countOpenOperations } from '../stores/queries/counts.ts';
import { countSpares, hasFailedToPrepare } from '../stores/queries/spares.ts';
import { countDomains } from '../stores/queries/domains.ts';
import { type Heartbeat, readHeartbeats, type Space } from './heartbeat.ts';

export interface Part {
  state: 'up' | 'down';
  latency_ms: number;
  details?: object;
}

export type PartName =
  | 'database'
  | 'redis'
  | 'worker'
  | 'libvirt'
  | 'firewall'
  | 'proxy'
  | 'ports'
  | 'certificates'
  | 'domains'
  | 'spares'
  | 'disk'
  | 'memory'
  | 'queue';

/** Milliseconds that a part may take to answer. */
const timeLimit = 3_000;

/** Why a part is down, in words that anybody may read: the route is public. */
class DownError extends Error {
  override name = 'DownError';
}

/** Asks every part at once. A part that fails or is slow is `down`, with the reason for the operator. */
export async function checkParts(services: Services): Promise<Record<PartName, Part>> {
  const { database, redis, config } = services;
  const beats = readHeartbeats(redis);
  beats.catch(() => undefined); // Each part that needs it reports the failure.
  const looks: Record<PartName, () => Promise<object | undefined>> = {
    database: async () => void (await database.authenticate()),
    redis: async () => void (await redis.ping()),
    worker: async () => workers(await beats),
    libvirt: async () => libvirt(await beats),
    firewall: async () => firewall(await beats),
    proxy: async () => {
      const response = await fetch(config.PROXY_URL, { redirect: 'manual', signal: AbortSignal.timeout(timeLimit) });
      await response.body?.cancel();
      return undefined;
    },
    ports: async () => ports(database, await beats),
    certificates: () => certificates(database),
    domains: () => domains(database),
    spares: () => spares(database),
    disk: async () => disk(await beats),
    memory: async () => memory(await beats),
    queue: () => queue(database),
  };
  const parts = await Promise.all(
    Object.entries(looks).map(async ([name, look]) => [name, await timed(look)] as const),
  );
  return Object.fromEntries(parts) as Record<PartName, Part>;
}

async function timed(look: () => Promise<object | undefined>): Promise<Part> {
  const start = performance.now();
  const latency = () => Math.round(performance.now() - start);
  const { promise: tooSlow, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DownError(`no answer in ${timeLimit} ms`)), timeLimit);
  try {
    const details = await Promise.race([look(), tooSlow]);
    return { state: 'up', latency_ms: latency(), ...(details && { details }) };
  } catch (error) {
    return {
      state: 'down',
      latency_ms: latency(),
      details: { reason: error instanceof DownError ? error.message : 'does not answer' },
    };
  } finally {
    clearTimeout(timer);
  }
}

function workers(beats: Heartbeat[]): object {
  if (beats.length === 0) throw new DownError('no worker has reported in the last 15 s: start one');
  return { count: beats.length };
}

function libvirt(beats: Heartbeat[]): object {
  const [beat] = beats;
  if (!beat) throw new DownError('unknown, as no worker reports');
  if (!beats.some(({ libvirt: { up } }) => up))
    throw new DownError('libvirtd does not answer the workers: start it on the node');
  const isolation = beat.domain_type === 'kvm' ? 'hardware' : 'none: emulation (TCG) is not an isolation boundary';
  const { latency_ms: node_latency_ms, version } = beat.libvirt;
  const confinement = beat.confinement ?? 'none: QEMU runs under neither AppArmor nor SELinux';
  return { node: beat.node, node_latency_ms, version, isolation, confinement };
}

function firewall(beats: Heartbeat[]): undefined {
  const [beat] = beats;
  if (!beat) throw new DownError('unknown, as no worker reports');
  if (!beat.firewall.up) throw new DownError(beat.firewall.reason ?? 'the guard does not report');
}

/** Whether every hosting has its SSH port. */
async function ports(database: Services['database'], beats: Heartbeat[]): Promise<undefined> {
  const leftOut = beats.flatMap(({ left_out_ports }) => left_out_ports ?? []);
  if (!beats.some(({ left_out_ports }) => left_out_ports)) throw new DownError('unknown, as the proxy tells no worker');
  const shut = await database.models.Hosting.findAll({ where: { sshPort: leftOut }, order: ['userId'] });
  if (shut.length === 0) return;
  const named = shut.map(({ machineId, sshPort }) => `${sshPort} of ${machineNames(machineId).vmId}`).join(', ');
  throw new DownError(
    `other programs have SSH ports of hostings: ${named}. sudo scripts/docker-start.sh --check names them`,
  );
}

/** What one host's users do or leave undone is no fault of this part: only that certificates there are cannot be renewed. */
async function certificates(database: Services['database']): Promise<object> {
  const { ending, ...counts } = await countCertificates(database);
  if (ending > 0)
    throw new DownError(`${ending} certificates end soon, as renewing them fails: the page for operators tells why`);
  return counts;
}

/** One domain that leads elsewhere is its user's affair; many at once are this server's, mostly. */
async function domains(database: Services['database']): Promise<object> {
  const { manyAtOnce, ...counts } = await countDomains(database);
  if (manyAtOnce)
    throw new DownError(
      `${counts.lapsing} of ${counts.served} own domains no longer lead here: are PUBLIC_ADDRESSES and SITES_DOMAIN right?`,
    );
  return counts;
}

/** Without them creates go on, and take as long as a machine's first boot. */
async function spares(database: Services['database']): Promise<object> {
  if (await hasFailedToPrepare(database))
    throw new DownError('the latest spare machine could not be prepared, so creates take longer: see the worker’s log');
  return countSpares(database);
}

/** How many operations wait for their turn, and how many are under way. */
async function queue(database: Services['database']): Promise<object> {
  const { queued: waiting, running: active } = await countOpenOperations(database);
  return { waiting, active };
}

/** Whether there is room for one more machine, and for the memory of one that falls asleep. */
function disk(beats: Heartbeat[]): object {
  const [beat] = beats;
  if (!beat) throw new DownError('unknown, as no worker reports');
  if (isShort(beat.disk, neededOf.machine))
    throw new DownError('too little is free for VMs, so none is created: make room on the node, or lower DISK_RESERVE');
  if (beat.saved && isShort(beat.saved, neededOf.sleeper))
    throw new DownError('too little is free for the memory of VMs, so none falls asleep: make room on the node');
  const { disk, saved } = beat;
  return {
    ...disk,
    saved,
    low: [disk, saved].some((space) => space && isShort(space, space.reserve_bytes + neededOf.machine)),
  };
}

/** What is short is got back as machines fall asleep, and until then who wants more is told to wait: no fault of this part. */
function memory(beats: Heartbeat[]): object {
  const [beat] = beats;
  if (!beat) throw new DownError('unknown, as no worker reports');
  return { ...beat.memory, low: isShort(beat.memory, wholeMachine) };
}

function isShort({ free_bytes, reserve_bytes }: Space, needed: number): boolean {
  return free_bytes - needed < reserve_bytes;
}
