import { z } from 'zod';
import { domainStates, missingCodes } from '../../models/domain.ts';
import { certificate } from './certificate.ts';
import { blank, success, timestamp } from './common.ts';

/** More than any name in ASCII has, as one in another script is shorter there. */
const longestTyped = 1000;

export const domainAddition = z
  .strictObject({
    name: z
      .string()
      .max(longestTyped)
      .meta({ description: 'In any script, like `shop.mycompany.com` or `한글.kr`.', format: 'domain', ...blank }),
  })
  .meta({ id: 'DomainAddition' });

const missing = z
  .object({
    code: z.enum(missingCodes),
    message: z.string().meta({ description: 'What to do, in the language of Accept-Language.' }),
    found: z.array(z.string()).meta({ description: 'Instead: addresses, texts of records, or how it failed.' }),
  })
  .meta({ id: 'DomainMissing' });

const records = z.object({
  cname: z.string().nullable().meta({
    description:
      'Either a CNAME record of the domain with this value, and nothing else. Null where it cannot have one.',
    example: 'gildong.sites.mycompany.com',
  }),
  addresses: z
    .array(z.string())
    .meta({ description: 'Or A and AAAA records with these, and the TXT record; empty before the first look.' }),
  txt_name: z.string().meta({ example: '_webhoster.shop.mycompany.com' }),
  txt_value: z.string(),
});

export const domain = z
  .object({
    name: z.string().meta({ description: 'In ASCII, as the DNS has it.', example: 'xn--bj0bj06e.kr' }),
    unicode_name: z.string().meta({ example: '한글.kr' }),
    url: z.url().meta({ example: 'http://shop.mycompany.com' }),
    state: z.enum(domainStates).meta({
      description:
        '`unproven`: not seen yet to be yours and to lead here; `active`: served; `lapsing`: served, and let go at `release_at` ' +
        'unless the proof comes back; `released`: let go.',
    }),
    missing: z.array(missing).meta({ description: 'Of the latest look.' }),
    records,
    certificate,
    checked_at: timestamp.nullable(),
    next_check_at: timestamp.nullable().meta({ description: 'Null where only you ask for it.' }),
    gone_since: timestamp.nullable().meta({ description: 'Since when the proof is gone.' }),
    release_at: timestamp.nullable().meta({ description: 'When it will be let go, at the earliest, or was.' }),
    created_at: timestamp,
  })
  .meta({ id: 'Domain' });

export const domainParameters = z.strictObject({ name: z.string().min(1).max(longestTyped) });
export const domainsAnswer = success(z.object({ domains: z.array(domain) }));
export const domainAnswer = success(z.object({ domain }));
