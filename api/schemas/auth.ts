import { z } from 'zod';
import type { MessageKey } from '../messages.ts';
import { success, timestamp } from './common.ts';

const email = z
  .email()
  .max(254)
  .transform((text) => text.toLowerCase());
const password = z.string().min(8).max(128);

export const registration = z
  .strictObject({
    email: email.meta({ example: 'user@example.com' }),
    password: password.meta({ example: 'secure123' }),
    username: z
      .string()
      .transform((text) => text.normalize('NFC'))
      .pipe(z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}_.-]{1,31}$/u, 'usernameRule' satisfies MessageKey))
      .meta({ example: 'gildong' }),
  })
  .meta({ id: 'Registration' });

/** The form of OAuth 2's password grant (RFC 6749, 4.3.2), so that the Swagger page can log in. */
export const login = z
  .strictObject({
    username: z.string().min(1).max(254).meta({ description: 'The email.', example: 'user@example.com' }),
    password: z.string().min(1).max(128).meta({ example: 'secure123' }),
    grant_type: z.literal('password').optional(),
    scope: z.string().max(100).optional(),
    client_id: z.string().max(100).optional(),
    client_secret: z.string().max(100).optional(),
  })
  .meta({ id: 'Login' });

export const tokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int().meta({ description: 'Seconds.' }),
  })
  .meta({ id: 'Token' });

export const user = z
  .object({ id: z.int(), email: z.string(), username: z.string(), created_at: timestamp })
  .meta({ id: 'User' });

export const userAnswer = success(z.object({ user }));
