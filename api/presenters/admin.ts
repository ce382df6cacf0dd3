import { hostingNames } from '../../programs/names.ts';
import type { ListedHosting, ListedOperation, ListedUser } from '../admin/lists.ts';
import type { RoomReport } from '../admin/room.ts';
import { presentHosting } from './hosting.ts';
import { presentOperation } from './operation.ts';
import { presentUser } from './user.ts';

export function presentListedUser({ user, hostingStatus }: ListedUser) {
  return { ...presentUser(user), hosting_status: hostingStatus };
}

export function presentListedHosting({ hosting, username }: ListedHosting, publicUrl: string) {
  const { stack, vmId } = hostingNames(hosting.userId);
  return {
    ...presentHosting(hosting, publicUrl).hosting,
    user_id: hosting.userId,
    username,
    stack,
    commands: {
      pulumi: [`scripts/pulumi.sh stack --stack ${stack}`, `scripts/pulumi.sh stack history --stack ${stack}`],
      virsh: [`virsh dominfo ${vmId}`, `virsh console ${vmId}`, `virsh shutdown ${vmId}`],
    },
  };
}

export function presentListedOperation({ username, ...described }: ListedOperation) {
  const { userId, worker, attempt } = described.operation;
  return { ...presentOperation(described), user_id: userId, username, worker, attempt };
}

export function presentRoom({ nodes, ...report }: RoomReport) {
  const listed = nodes.map(({ domainType, ...node }) => ({ ...node, domain_type: domainType }));
  return { nodes: listed, ...report };
}
