import { QueryTypes } from 'sequelize';
import { type Heartbeat, readHeartbeats } from '../health/heartbeat.ts';
import type { HostingStatus } from '../models/hosting.ts';
import { User } from '../models/user.ts';
import { networkFacts } from '../config/network.ts';
import type { Services } from '../services.ts';

interface Capacity {
  free: number;
  total: number;
}

export interface NodeReport {
  name: string;
  domainType: Heartbeat['domain_type'];
  workers: number;
  libvirt: boolean;
  firewall: boolean;
  disk: Heartbeat['disk'];
  memory: Heartbeat['memory'];
  processors: Heartbeat['processors'];
}

export interface CapacityReport {
  nodes: NodeReport[];
  addresses: Capacity;
  ports: Capacity;
  queue: { queued: number; running: number };
  hostings: Partial<Record<HostingStatus, number>>;
  users: number;
}

/** What room is left for hostings, and what is under way. */
export async function readCapacity({ config, database, redis }: Services): Promise<CapacityReport> {
  const counts = (column: 'status' | 'state', table: 'hostings' | 'operations', where = 'true') =>
    database.query<{ name: string; count: number }>(
      `SELECT ${column} AS name, count(*)::int AS count FROM ${table} WHERE ${where} GROUP BY ${column}`,
      { type: QueryTypes.SELECT },
    );
  const [hostings, open, users, beats] = await Promise.all([
    counts('status', 'hostings'),
    counts('state', 'operations', "state IN ('queued', 'running')"),
    User.count(),
    readHeartbeats(redis),
  ]);
  const taken = hostings.reduce((sum, { count }) => sum + count, 0);
  const room = (total: number) => ({ free: Math.max(0, total - taken), total });
  const underWay = (state: string) => open.find(({ name }) => name === state)?.count ?? 0;
  return {
    nodes: nodesOf(beats),
    addresses: room(networkFacts(config.VM_NETWORK).vmAddressCount),
    ports: room(config.SSH_PORT_LAST - config.SSH_PORT_FIRST + 1),
    queue: { queued: underWay('queued'), running: underWay('running') },
    hostings: Object.fromEntries(hostings.map(({ name, count }) => [name, count])),
    users,
  };
}

/** Nodes as their workers report them. */
function nodesOf(beats: Heartbeat[]): NodeReport[] {
  return [...Map.groupBy(beats, ({ node }) => node)].map(([name, [beat, ...others]]) => {
    if (!beat) throw new Error('a node without a report');
    return {
      name,
      domainType: beat.domain_type,
      workers: 1 + others.length,
      libvirt: beat.libvirt.up,
      firewall: beat.firewall.up,
      disk: beat.disk,
      memory: beat.memory,
      processors: beat.processors,
    };
  });
}
