// What the pages read of the API's answers.
import type { z } from 'zod';
import type {
  hostingListAnswer,
  nodeAnswer,
  operationListAnswer,
  userListAnswer,
  userReportAnswer,
} from '../http/schemas/admin.ts';
import type { user } from '../http/schemas/auth.ts';
import type { domainAnswer } from '../http/schemas/domain.ts';
import type { hostingAnswer } from '../http/schemas/hosting.ts';
import type { operation } from '../http/schemas/operation.ts';
import type { sshKeysAnswer } from '../http/schemas/ssh-key.ts';

export type Me = z.output<typeof user>;
export type HostingData = z.output<typeof hostingAnswer>['data'];
export type DomainData = z.output<typeof domainAnswer>['data']['domain'];
export type CertificateData = HostingData['certificate'];
export type OperationData = z.output<typeof operation>;
export type KeyData = z.output<typeof sshKeysAnswer>['data']['ssh_keys'][number];

export type UserList = z.output<typeof userListAnswer>['data'];
export type HostingList = z.output<typeof hostingListAnswer>['data'];
export type OperationList = z.output<typeof operationListAnswer>['data'];
export type NodeData = z.output<typeof nodeAnswer>['data'];
export type UserReport = z.output<typeof userReportAnswer>['data'];
export type Paged = Pick<UserList, 'page' | 'pages' | 'total'>;

export type AdminUser = UserReport['user'];
export type ListedUser = UserList['users'][number];
export type AdminHosting = HostingList['hostings'][number];
export type AdminOperation = OperationList['operations'][number];
