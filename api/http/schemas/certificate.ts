import { z } from 'zod';
import { certificateStates } from '../../certificates/report.ts';
import { timestamp } from './common.ts';

export const certificateProblem = z.object({
  code: z.string().meta({ description: "The last part of RFC 8555's problem type, or one of ours.", example: 'dns' }),
  message: z.string().meta({ description: "The authority's own words; ours where `code` is." }),
  next_attempt_at: timestamp,
});

export const certificate = z
  .object({
    state: z.enum(certificateStates).meta({
      description:
        '`none`: none is asked for; `pending`: none was asked for yet; `active`: also where renewing it fails; `failed`: there is none.',
    }),
    expires_at: timestamp.nullable(),
    problem: certificateProblem.nullable().meta({
      description:
        'Why the last attempt failed; with `userLimit`, why there was none yet: too many new hosts of one user.',
    }),
  })
  .meta({ id: 'Certificate' });
