import type { CertificateReport } from '../../certificates/report.ts';
import { presentCertificate, presentProblem } from './certificate.ts';
import type { Language } from '../../messages.ts';
import { hostingStack, machineNames } from '../../../programs/names.ts';
import type { ListedHosting, ListedOperation, ListedUser } from '../../admin/lists.ts';
import type { KnownDomain, UserReport } from '../../admin/one-user.ts';
import type { CapacityReport } from '../../admin/capacity.ts';
import type { MachineFigures } from '../../health/machines.ts';
import type { Session } from '../../models/session.ts';
import type { SshKey } from '../../models/ssh-key.ts';
import type { User } from '../../models/user.ts';
import type { ShownMachine } from '../../stores/queries/hostings.ts';
import { presentDomain } from './domain.ts';
import { presentHosting, presentMachine } from './hosting.ts';
import { presentOperation } from './operation.ts';
import { presentUser } from './user.ts';

/** What an answer needs besides rows. */
export interface Surroundings {
  publicUrl: string;
  /** What machines use, by their names. */
  machines: Map<string, MachineFigures>;
}

/** A user as operators see one. */
export function presentKnownUser(user: User) {
  const { suspendedAt, suspensionReason } = user;
  return {
    ...presentUser(user),
    suspended_at: suspendedAt?.toISOString() ?? null,
    suspension_reason: suspensionReason,
  };
}

export function presentListedUser({ user, hostingStatus }: ListedUser) {
  return { ...presentKnownUser(user), hosting_status: hostingStatus };
}

export function presentListedHosting(
  { hosting, username }: Pick<ListedHosting, 'username'> & { hosting: ShownMachine },
  { publicUrl, machines }: Surroundings,
) {
  const stack = hostingStack(hosting.userId);
  const { vmId } = machineNames(hosting.machineId);
  return {
    ...presentMachine(hosting, publicUrl).hosting,
    user_id: hosting.userId,
    username,
    stack,
    usage: presentUsage(machines.get(vmId)),
    commands: {
      pulumi: [`scripts/pulumi.sh stack --stack ${stack}`, `scripts/pulumi.sh stack history --stack ${stack}`],
      virsh: [`virsh dominfo ${vmId}`, `virsh console ${vmId}`, `virsh shutdown ${vmId}`],
    },
  };
}

function presentUsage(figures: MachineFigures | undefined) {
  if (!figures) return null;
  const { memory_bytes, processors, processor_seconds, disk_bytes } = figures;
  return { memory_bytes, processors, processor_seconds: Math.round(processor_seconds), disk_bytes };
}

/** What the report on a user needs besides. */
export interface UserSurroundings extends Surroundings {
  sitesDomain: string;
  language: Language;
}

export function presentUserReport(report: UserReport, surroundings: UserSurroundings) {
  const { user, domains, keys, sessions } = report;
  return {
    user: presentKnownUser(user),
    hosting: presentKnownHosting(report, surroundings),
    domains: domains.map((one) => presentKnownDomain(one, user, surroundings)),
    ssh_keys: keys.map(presentKnownKey),
    sessions: sessions.map(presentSession),
  };
}

function presentKnownHosting({ user, own }: UserReport, surroundings: Surroundings) {
  if (!own) return null;
  const listed = presentListedHosting({ hosting: own.hosting, username: user.username }, surroundings);
  const { site_url, certificate } = presentHosting(own, surroundings.publicUrl);
  return { ...listed, site_url, certificate };
}

function presentKnownDomain({ domain, certificate }: KnownDomain, { siteName }: User, surroundings: UserSurroundings) {
  return presentDomain(domain, { siteName, certificate, ...surroundings });
}

function presentKnownKey({ name, fingerprint, state, createdAt }: SshKey) {
  return { name, fingerprint, state, created_at: createdAt.toISOString() };
}

/** Without its id: that is the owner's. */
function presentSession({ clientAddress, createdAt, lastUsedAt, expiresAt }: Session) {
  return {
    client_address: clientAddress,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  };
}

export function presentListedOperation({ username, machineId, ...described }: ListedOperation) {
  const { userId, worker, attempt } = described.operation;
  const vm_id = machineId === null ? null : machineNames(machineId).vmId;
  return { ...presentOperation(described), user_id: userId, username, vm_id, worker, attempt };
}

export function presentCertificates({ failing, authorities, ...counts }: CertificateReport) {
  return {
    ...counts,
    failing: failing.map((row) => ({ host: row.host, user_id: row.userId, ...presentCertificate(row) })),
    authorities: authorities.map((row) => ({ directory: row.directory, problem: presentProblem(row) })),
  };
}

export function presentCapacity({ nodes, certificates, domains, ...report }: CapacityReport) {
  const listed = nodes.map(({ domainType, ...node }) => ({ ...node, domain_type: domainType }));
  const { manyAtOnce: many_at_once, ...counts } = domains;
  return {
    nodes: listed,
    certificates: presentCertificates(certificates),
    domains: { ...counts, many_at_once },
    ...report,
  };
}
