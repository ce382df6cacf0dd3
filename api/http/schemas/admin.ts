import { z } from 'zod';
import { listOrders } from '../../admin/lists.ts';
import { hostingStatuses } from '../../models/hosting.ts';
import { operationStates } from '../../models/operation.ts';
import { sshKeyStates } from '../../models/ssh-key.ts';
import { maxUserId, userRoles } from '../../models/user.ts';
import { user } from './auth.ts';
import { certificate, certificateProblem } from './certificate.ts';
import { blank, count, longestEmail, oneLine, success, timestamp, userId } from './common.ts';
import { domain } from './domain.ts';
import { hosting } from './hosting.ts';
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
  .max(maxUserId)
  .meta({ override: { type: 'integer' } });

const search = z
  .string()
  .max(longestEmail)
  .optional()
  .meta({ description: 'A part of the email, the username or the site name, or an id.' });
const sort = z.enum(listOrders).default('newest').meta({ description: '`state`: first what needs an operator.' });
export const userListQuery = z.strictObject({ page, search, sort });
export const hostingListQuery = z.strictObject({ page, search, sort });
export const operationListQuery = z.strictObject({
  page,
  state: z.enum(operationStates).optional(),
  user_id: givenUserId.optional(),
});
export const userParameters = z.strictObject({ id: givenUserId });
export const suspension = z
  .strictObject({
    reason: oneLine(500, 'reasonText').meta({
      description: 'The user reads it at the log-in.',
      example: 'Your site sends mail to strangers.',
    }),
  })
  .meta({ id: 'Suspension' });
export const roleChange = z.strictObject({ role: z.enum(userRoles).meta(blank) }).meta({ id: 'RoleChange' });

/** One page of a list. */
function paged<Shape extends z.ZodRawShape>(shape: Shape) {
  return success(z.object({ ...shape, page: z.int().min(1), pages: z.int().min(1), total: count }));
}

const hostingStatus = z.enum(hostingStatuses);
/** A user as operators see one. */
const knownUser = user.extend({
  suspended_at: timestamp.nullable(),
  suspension_reason: z.string().nullable(),
});
export const userListAnswer = paged({
  users: z.array(knownUser.extend({ hosting_status: hostingStatus.nullable() })),
});

const commands = z.object({ pulumi: z.array(z.string()), virsh: z.array(z.string()) });
const usage = z
  .object({
    memory_bytes: count,
    processors: z.number().min(0).nullable().meta({ description: 'That it kept busy of late, like 0.25.' }),
    processor_seconds: count.meta({ description: 'Since it was switched on.' }),
    disk_bytes: count.meta({ description: 'Of its own; the base image is shared.' }),
  })
  .meta({ description: 'Of the node, some seconds ago. None: it is off, or no worker tells.' });
const ownedHosting = hosting.extend({
  user_id: userId,
  username: z.string().nullable().meta({ description: 'None: the account is deleted.' }),
  stack: z.string().meta({ example: 'hosting-1' }),
  usage: usage.nullable(),
  commands: commands.meta({ description: 'For a terminal on the node.' }),
});
export const hostingListAnswer = paged({ hostings: z.array(ownedHosting) });

const knownKey = z.object({
  name: z.string(),
  fingerprint: z.string(),
  state: z.enum(sshKeyStates),
  created_at: timestamp,
});
const knownSession = z.object({
  client_address: z.string().nullable().meta({ description: 'From where the user logged in.' }),
  created_at: timestamp,
  last_used_at: timestamp.meta({ description: 'When it was last refreshed, or a page was asked for.' }),
  expires_at: timestamp,
});
export const userReportAnswer = success(
  z.object({
    user: knownUser,
    hosting: ownedHosting
      .extend({ site_url: z.url().nullable(), certificate: certificate.meta({ description: 'Of `site_url`.' }) })
      .nullable(),
    domains: z.array(domain),
    ssh_keys: z.array(knownKey),
    sessions: z.array(knownSession).meta({ description: 'Those that go on.' }),
  }),
);

const carriedOut = operation.extend({
  user_id: userId,
  username: z.string().nullable(),
  vm_id: z.string().nullable().meta({ description: 'Of the machine that the user has now.' }),
  worker: z.string().nullable(),
  attempt: count,
});
export const operationListAnswer = paged({ operations: z.array(carriedOut) });

const room = z.object({ free: count, total: count });
const bytes = z.object({
  free_bytes: count,
  total_bytes: count,
  reserve_bytes: count.meta({ description: 'What is to stay free: what would take of it is refused.' }),
});
const node = z.object({
  name: z.string(),
  domain_type: z.enum(['kvm', 'qemu']).meta({ description: '`qemu`: emulation, which is no isolation boundary.' }),
  workers: count,
  libvirt: z.boolean(),
  firewall: z.boolean(),
  disk: bytes,
  saved: bytes
    .nullable()
    .meta({ description: 'Of the file system that has the memory of machines that sleep; null where they cannot.' }),
  memory: bytes.meta({ description: 'Free is what can be had, caches included.' }),
  processors: z.object({
    count: count.min(1),
    load: z.number().min(0).meta({ description: 'Processors that the last minute had work for.' }),
  }),
});
const certificates = z
  .object({
    active: count,
    pending: count,
    failed: count,
    ending: count.meta({
      description: 'Those that end soon, as renewing them fails, without users’ own domains.',
    }),
    failing: z
      .array(certificate.extend({ host: z.string(), user_id: userId.nullable() }).meta({ id: 'FailingCertificate' }))
      .meta({ description: 'The first 50 of those whose last attempt failed.' }),
    authorities: z
      .array(z.object({ directory: z.url(), problem: certificateProblem.nullable() }))
      .meta({ description: 'Those that have failed whatever was asked of them.' }),
  })
  .meta({ description: 'Of hosts, as authorities issue them by ACME.' });
const domains = z
  .object({
    served: count,
    lapsing: count.meta({ description: 'Of these, whose proof is gone.' }),
    many_at_once: z.boolean().meta({
      description:
        'So many that it may be the fault of this server’s settings: none is let go before 30 days are over.',
    }),
  })
  .meta({ description: 'Of users’ own.' });
export const nodeAnswer = success(
  z.object({
    nodes: z.array(node).meta({ description: 'Those whose workers report.' }),
    addresses: room,
    ports: room,
    certificates,
    domains,
    queue: z.object({ queued: count, running: count }),
    hostings: z.partialRecord(hostingStatus, count),
    users: count,
  }),
);

export const userChangedAnswer = success(z.object({ user: knownUser }));
export const suspensionAnswer = success(
  z.object({
    user: knownUser,
    operation: operation.nullable().meta({ description: 'On the hosting, where there is one.' }),
  }),
);
