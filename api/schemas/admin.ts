import { z } from 'zod';
import { hostingStatuses } from '../models/hosting.ts';
import { operationStates } from '../models/operation.ts';
import { userRoles } from '../models/user.ts';
import { user } from './auth.ts';
import { blank, count, success, userId } from './common.ts';
import { hosting } from './host.ts';
import { operation } from './operation.ts';

const page = z.coerce
  .number()
  .int()
  .min(1)
  .max(1_000_000)
  .default(1)
  .meta({ override: { type: 'integer' } });
const givenUserId = z.coerce
  .number()
  .int()
  .min(1)
  .max(99_999_999)
  .meta({ override: { type: 'integer' } });

export const userListQuery = z.strictObject({
  page,
  search: z.string().max(254).optional().meta({ description: 'A part of the email, the username or the site name.' }),
});
export const hostingListQuery = z.strictObject({ page });
export const operationListQuery = z.strictObject({
  page,
  state: z.enum(operationStates).optional(),
  user_id: givenUserId.optional(),
});
export const userParameters = z.strictObject({ id: givenUserId });
export const roleChange = z.strictObject({ role: z.enum(userRoles).meta(blank) }).meta({ id: 'RoleChange' });

/** One page of a list. */
function paged<Shape extends z.ZodRawShape>(shape: Shape) {
  return success(z.object({ ...shape, page: z.int().min(1), pages: z.int().min(1), total: count }));
}

const hostingStatus = z.enum(hostingStatuses);
export const userListAnswer = paged({ users: z.array(user.extend({ hosting_status: hostingStatus.nullable() })) });

const commands = z.object({ pulumi: z.array(z.string()), virsh: z.array(z.string()) });
const ownedHosting = hosting.extend({
  user_id: userId,
  username: z.string().nullable().meta({ description: 'None: the account is deleted.' }),
  stack: z.string().meta({ example: 'hosting-1' }),
  commands: commands.meta({ description: 'For a terminal on the node.' }),
});
export const hostingListAnswer = paged({ hostings: z.array(ownedHosting) });

const carriedOut = operation.extend({
  user_id: userId,
  username: z.string().nullable(),
  worker: z.string().nullable(),
  attempt: count,
});
export const operationListAnswer = paged({ operations: z.array(carriedOut) });

const room = z.object({ free: count, total: count });
const disk = z.object({ free_bytes: count, total_bytes: count });
const node = z.object({
  name: z.string(),
  domain_type: z.enum(['kvm', 'qemu']).meta({ description: '`qemu`: emulation, which is no isolation boundary.' }),
  workers: count,
  libvirt: z.boolean(),
  firewall: z.boolean(),
  disk,
});
export const nodeAnswer = success(
  z.object({
    nodes: z.array(node).meta({ description: 'Those whose workers report.' }),
    addresses: room,
    ports: room,
    queue: z.object({ queued: count, running: count }),
    hostings: z.partialRecord(hostingStatus, count),
    users: count,
  }),
);

export const userChangedAnswer = success(z.object({ user }));
export const suspensionAnswer = success(
  z.object({ user, operation: operation.nullable().meta({ description: 'On the hosting, where there is one.' }) }),
);
