import { hostingNames } from '../../../programs/names.ts';
import type { ListedHosting, ListedOperation, ListedUser } from '../../admin/lists.ts';
import type { UserReport } from '../../admin/one-user.ts';
import type { CapacityReport } from '../../admin/capacity.ts';
import type { MachineFigures } from '../../health/machines.ts';
import type { Session } from '../../models/session.ts';
import type { SshKey } from '../../models/ssh-key.ts';
import type { User } from '../../models/user.ts';
import { presentHosting } from './hosting.ts';
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

export function presentListedHosting({ hosting, username }: ListedHosting, { publicUrl, machines }: Surroundings) {
  const { stack, vmId } = hostingNames(hosting.userId);
  return {
    ...presentHosting(hosting, publicUrl).hosting,
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

export function presentUserReport({ user, hosting, keys, sessions }: UserReport, surroundings: Surroundings) {
  return {
    user: presentKnownUser(user),
    hosting: hosting && presentListedHosting({ hosting, username: user.username }, surroundings),
    ssh_keys: keys.map(presentKnownKey),
    sessions: sessions.map(presentSession),
  };
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

export function presentListedOperation({ username, ...described }: ListedOperation) {
  const { userId, worker, attempt } = described.operation;
  const { vmId } = hostingNames(userId);
  return { ...presentOperation(described), user_id: userId, username, vm_id: vmId, worker, attempt };
}

export function presentCapacity({ nodes, ...report }: CapacityReport) {
  const listed = nodes.map(({ domainType, ...node }) => ({ ...node, domain_type: domainType }));
  return { nodes: listed, ...report };
}
