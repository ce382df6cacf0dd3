import { z } from 'zod';
import { maxUserId } from '../../models/user.ts';
import type { MessageKey } from '../../messages.ts';

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

/** What every answer of a call with a limit tells (draft-ietf-httpapi-ratelimit-headers-10). */
export const rateLimitHeaders = z.object({
  'RateLimit-Policy': z.string().meta({ example: '"create";q=30;w=3600' }),
  RateLimit: z.string().meta({ example: '"create";r=29;t=3600' }),
});

export const retryHeaders = z.object({
  'Retry-After': z.string().meta({ description: 'Seconds.', pattern: '^[1-9][0-9]*$' }),
});

export const challengeHeaders = z.object({ 'WWW-Authenticate': z.literal('Bearer') });

/**
 * The example of a text that is sent. A page that tries the API out (`/docs`) begins with what it takes from examples, and one
 * click sends that: so they are refused, or do what nothing at all would do.
 */
export const blank = { example: '' };

/** Whose something is. */
export const userId = z.int().min(1).max(maxUserId);

/** How many there are of something, or how much. */
export const count = z.int().min(0);

/** Left out of the document: the greatest integer of JavaScript is no rule of ours. */
export function withoutSafeIntegerBounds({ jsonSchema }: { jsonSchema: { maximum?: number | undefined } }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
}

export const timestamp = z.iso.datetime().meta({ example: '2026-01-01T00:00:00.000Z' });

/** Longest email (RFC 5321, 4.5.3.1.3). */
export const longestEmail = 254;

/** Without \p{Cc}, in a form that readers of the document in other languages know too. */
const withoutControls = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

/** A text of one line, which may be left out. */
export function oneLine(longest: number, complaint: MessageKey) {
  return z
    .string()
    .trim()
    .max(longest)
    .regex(new RegExp(withoutControls, 'u'), complaint)
    .refine((text) => text.isWellFormed(), 'textMalformed' satisfies MessageKey)
    .optional();
}
