import sshpk from 'sshpk';
import { z } from 'zod';
import type { MessageKey } from '../../messages.ts';
import { sshKeyStates } from '../../models/ssh-key.ts';
import { longestKeyName } from '../../operations/describe-ssh-key.ts';
import { blank, oneLine, success, timestamp } from './common.ts';
import { operation } from './operation.ts';

const types = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'];
/** As hard to break as keys of 128 bits (NIST SP 800-57 part 1, table 2), and what ssh-keygen makes by itself since 2019. */
const minimumRsaBits = 3072;

/** Why this is no key that we would write into an authorized_keys file; undefined when it is one. */
function complaint(line: string): MessageKey | undefined {
  if (/[^\P{Cc}\t]/u.test(line)) return 'keyOnOneLine';
  if (!line.isWellFormed()) return 'textMalformed';
  const [type = '', blob = ''] = line.split(/[ \t]+/);
  if (!types.includes(type)) return 'keyTypeUnknown';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return 'keyIncomplete';
  try {
    const key = sshpk.parseKey(`${type} ${blob}`, 'ssh');
    if (key.type === 'rsa' && key.size < minimumRsaBits) return 'keyTooShort';
    return undefined;
  } catch {
    return 'keyIncomplete';
  }
}

/** An OpenSSH public key, one line, without options (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Kept with single spaces between its parts, as the guest wants it. */
export const sshPublicKey = z
  .string()
  .max(8192)
  .transform((text) => text.trim().replace(/[ \t]+/g, ' '))
  .superRefine((line, context) => {
    const message = complaint(line);
    if (message) context.addIssue({ code: 'custom', message });
  })
  // The example shows the form and is no key: nobody's may get into a machine by a click.
  .meta({ format: 'ssh-public-key', example: 'ssh-ed25519 AAAA… you@laptop' });

export const sshKeyAddition = z
  .strictObject({
    public_key: sshPublicKey,
    name: oneLine(longestKeyName, 'keyName').meta({
      description: "The key's comment, when it is not given or blank.",
      ...blank,
    }),
  })
  .meta({ id: 'SshKeyAddition' });

const sshKey = z
  .object({
    id: z.uuid(),
    name: z.string(),
    public_key: z.string(),
    fingerprint: z.string().meta({ description: 'As `ssh-keygen -l` prints it.' }),
    state: z.enum(sshKeyStates).meta({
      description: '`pending`: still has to reach the machine; `removing`: still has to be taken from it.',
    }),
    created_at: timestamp,
  })
  .meta({ id: 'SshKey' });

export const sshKeyParameters = z.strictObject({ id: z.uuid() });
export const sshKeysAnswer = success(z.object({ ssh_keys: z.array(sshKey) }));
const follows = operation
  .nullable()
  .meta({ description: 'Brings the change to the machine. None while that is off: its next start does.' });
export const sshKeyChangedAnswer = success(z.object({ ssh_key: sshKey, operation: follows }));
