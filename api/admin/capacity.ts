import { type CertificateReport, readCertificates } from '../certificates/report.ts';
import { type Heartbeat, readHeartbeats } from '../health/heartbeat.ts';
import type { HostingStatus } from '../models/hosting.ts';
import { networkFacts } from '../config/network.ts';
import type { Services } from '../services.ts';
import { countDomains, type DomainCounts } from '../stores/queries/domains.ts';
import { countSpares } from '../stores/queries/spares.ts';
import { countHostings, countOpenOperations } from '../stores/queries/counts.ts';

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
  saved: Heartbeat['saved'];
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
  certificates: CertificateReport;
  domains: DomainCounts;
}

/** What room is left for hostings, and what is under way. */
export async function readCapacity({ config, database, redis }: Services): Promise<CapacityReport> {
  const [hostings, spares, queue, users, beats, certificates, domains] = await Promise.all([
    countHostings(database),
    countSpares(database),
    countOpenOperations(database),
    database.models.User.count(),
    readHeartbeats(redis),
    readCertificates(database),
    countDomains(database),
  ]);
  // Those that a user was given are among the hostings.
  const { claimed: _claimed, adopted: _adopted, ...ready } = spares;
  const taken = [hostings, ready].flatMap(Object.values<number>).reduce((sum, count) => sum + count, 0);
  const room = (total: number) => ({ free: Math.max(0, total - taken), total });
  return {
    nodes: nodesOf(beats),
    addresses: room(networkFacts(config.VM_NETWORK).vmAddressCount),
    ports: room(config.SSH_PORT_LAST - config.SSH_PORT_FIRST + 1),
    queue,
    hostings,
    users,
    certificates,
    domains,
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
      saved: beat.saved,
      memory: beat.memory,
      processors: beat.processors,
    };
  });
}
