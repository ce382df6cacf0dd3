import { QueryTypes } from 'sequelize';
import type { Services } from '../services.ts';
import { type Heartbeat, readHeartbeats } from './heartbeat.ts';

export interface Part {
  state: 'up' | 'down';
  latency_ms: number;
  details?: object;
}

export type PartName = 'database' | 'redis' | 'worker' | 'libvirt' | 'firewall' | 'proxy' | 'disk' | 'queue';

/** Milliseconds that a part may take to answer. */
const timeLimit = 3_000;
/** Bytes: what one more VM may come to need. */
const leastDiskRoom = 2 * 2 ** 30;

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
    database: async () => void (await database.query('SELECT 1')),
    redis: async () => void (await redis.ping()),
    worker: async () => workers(await beats),
    libvirt: async () => libvirt(await beats),
    firewall: async () => firewall(await beats),
    proxy: async () => {
      const response = await fetch(config.PROXY_URL, { redirect: 'manual', signal: AbortSignal.timeout(timeLimit) });
      await response.body?.cancel();
      return undefined;
    },
    disk: async () => disk(await beats),
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

/** How many operations wait for their turn, and how many are under way. */
async function queue(database: Services['database']): Promise<object> {
  const [counts] = await database.query(
    `SELECT count(*) FILTER (WHERE state = 'queued')::int AS waiting, count(*) FILTER (WHERE state = 'running')::int AS active
     FROM operations WHERE state IN ('queued', 'running')`,
    { type: QueryTypes.SELECT },
  );
  return { ...counts };
}

function disk(beats: Heartbeat[]): object {
  const [beat] = beats;
  if (!beat) throw new DownError('unknown, as no worker reports');
  if (beat.disk.free_bytes < leastDiskRoom)
    throw new DownError('less than 2 GiB are free for VMs: make room on the node');
  return beat.disk;
}
