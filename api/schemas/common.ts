import { z } from 'zod';

/** The envelope of every success. */
export function success<Data extends z.ZodType>(data: Data) {
  return z.object({ success: z.literal(true), message: z.string(), data });
}

/** The answer where there is nothing to tell but that it is done. */
export const nothingAnswer = success(z.null());

/** The envelope of every error. */
export const failure = z
  .object({
    success: z.literal(false),
    message: z.string().meta({ description: 'A sentence that says what to do, in the language of Accept-Language.' }),
    error: z.object({ code: z.string().meta({ example: 'VALIDATION_FAILED' }), details: z.unknown() }),
  })
  .meta({ id: 'Failure' });

export const timestamp = z.iso.datetime().meta({ example: '2026-01-01T00:00:00.000Z' });
