import { z } from 'zod';
import { hostingStatuses, sleepChoices, sleepReasons } from '../../models/hosting.ts';
import { maximumKeys } from '../../operations/describe-ssh-key.ts';
import { apiPrefix } from '../../protocol.ts';
import { certificate } from './certificate.ts';
import { success, timestamp } from './common.ts';
import { operation } from './operation.ts';
import { sshPublicKey } from './ssh-key.ts';

export const hostingCreation = z
  .strictObject({
    ssh_public_keys: z
      .array(sshPublicKey)
      .max(maximumKeys)
      .optional()
      .meta({ description: 'Without a key, the answer carries a one-time password.' }),
  })
  .meta({ id: 'HostingCreation', example: {} });

export const hostingChange = z
  .strictObject({
    sleep: z.enum(sleepChoices).optional().meta({
      description:
        'Whether the machine may sleep while nobody uses it. What it has to do at a time of day needs `never`.',
    }),
  })
  .meta({ id: 'HostingChange', example: {} });

export const hosting = z
  .object({
    vm_id: z.string().meta({ description: "The libvirt domain's name.", example: 'vm-00000001' }),
    vm_ip: z.ipv4().meta({ example: '192.168.122.100' }),
    ssh_port: z.int().min(1).max(65_535).meta({ example: 10001 }),
    status: z.enum(hostingStatuses),
    has_password: z.boolean().meta({ description: 'Whether a password opens the machine, beside its keys.' }),
    created_at: timestamp,
    started_at: timestamp.nullable().meta({ description: 'Since when the machine is on; null while it is off.' }),
    sleep: z.enum(sleepChoices),
    asleep_since: timestamp.nullable().meta({
      description:
        'Since when the machine is `asleep`: its memory is on disk, and a visit or an SSH connection wakes it.',
    }),
    asleep_reason: z
      .enum(sleepReasons)
      .nullable()
      .meta({ description: 'Nobody used it (`idle`), or the operator had its memory saved (`saved`).' }),
  })
  .meta({ id: 'Hosting' });

const hostingData = z.object({
  hosting,
  web_url: z.url().meta({ description: 'In a browser sandbox: see the README.', example: 'http://localhost/1' }),
  site_url: z.url().nullable().meta({
    description: 'At a host of its own, for everybody to visit; null where sites have none, or this one not yet.',
    example: 'http://gildong.localhost',
  }),
  certificate: certificate.meta({ description: 'Of `site_url`.' }),
  ssh_command: z.string().meta({ example: 'ssh -p 10001 ubuntu@localhost' }),
  sftp_command: z.string().meta({ example: 'sftp -P 10001 ubuntu@localhost' }),
});

const sshPassword = z.string().optional().meta({ description: 'Only here, only once, and only without a key.' });

export const preferHeaders = z.object({
  Prefer: z.string().optional().meta({ description: '`respond-async` (RFC 7240).' }),
});

/** Of an answer that does not wait. */
export const acceptedHeaders = z.object({
  Location: z.string().meta({ description: 'The operation.', pattern: `^${apiPrefix}/operations/[0-9a-f-]{36}$` }),
  'Preference-Applied': z.literal('respond-async').optional(),
});

export const hostingAnswer = success(hostingData);
export const hostingCreatedAnswer = success(hostingData.extend({ ssh_password: sshPassword }));
export const hostingAcceptedAnswer = success(z.object({ operation, ssh_password: sshPassword }));
const renewed = z.object({ ssh_password: z.string().meta({ description: 'Only here, and only once.' }) });
export const passwordAnswer = success(renewed);
export const passwordAcceptedAnswer = success(renewed.extend({ operation }));
export const operationAcceptedAnswer = success(z.object({ operation }));
