import { z } from 'zod';
import { isCommonPassword } from '../common-passwords.ts';
import type { MessageKey } from '../messages.ts';
import { userRoles } from '../models/user.ts';
import { success, timestamp } from './common.ts';

const email = z
  .email()
  .max(254)
  .transform((text) => text.toLowerCase());
/** Measured as it is hashed (api/passwords.ts), and in characters, as people count them. */
const password = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .superRefine((text, context) => {
    const { length } = [...text];
    const complain = (message: MessageKey) => context.addIssue({ code: 'custom', message });
    if (length < 8 || length > 128) complain('passwordLength');
    else if (!text.isWellFormed()) complain('textMalformed');
    else if (isCommonPassword(text)) complain('passwordCommon');
  })
  .meta({ example: 'secure123', minLength: 8, maxLength: 128 });

/** One that is compared: as long as any that was accepted, however it is written. */
const givenPassword = z.string().min(1).max(2048).meta({ example: 'secure123' });

const usernameRule = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{1,31}$/u;

export const registration = z
  .strictObject({
    email: email.meta({ example: 'user@example.com' }),
    password,
    username: z
      .string()
      .transform((text) => text.normalize('NFC'))
      .pipe(z.string().regex(usernameRule, 'usernameRule' satisfies MessageKey))
      .meta({ example: 'gildong', pattern: usernameRule.source }),
  })
  .meta({ id: 'Registration' });

/** What clients of OAuth 2 may send along; there is only one client, and one scope. */
const clientFields = {
  scope: z.string().max(100).optional(),
  client_id: z.string().max(100).optional(),
  client_secret: z.string().max(100).optional(),
};

/** The form of OAuth 2's password grant (RFC 6749, 4.3.2), so that the Swagger page can log in. */
export const login = z
  .strictObject({
    username: z.string().min(1).max(254).meta({ description: 'The email.', example: 'user@example.com' }),
    password: givenPassword,
    grant_type: z.literal('password').optional(),
    stay_logged_in: z.enum(['true', 'false']).optional().meta({
      description:
        '`false` on a computer that others use too: the session then ends half a day after it was last refreshed.',
    }),
    device_token: z.string().max(2048).optional().meta({
      description: 'What an earlier log-in on this device answered: wrong passwords of others do not hold it up.',
    }),
    ...clientFields,
  })
  .meta({ id: 'Login' });

/** The form of OAuth 2's refresh token grant (RFC 6749, 6). */
export const refresh = z
  .strictObject({
    refresh_token: z.string().min(1).max(200),
    grant_type: z.literal('refresh_token').optional(),
    ...clientFields,
  })
  .meta({ id: 'Refresh' });

export const passwordChange = z
  .strictObject({ current_password: givenPassword, new_password: password })
  .meta({ id: 'PasswordChange' });

export const accountDeletion = z
  .strictObject({ password: givenPassword.meta({ description: 'Yours, to be sure that it is you.' }) })
  .meta({ id: 'AccountDeletion' });

export const tokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.literal('bearer'),
    expires_in: z.int().meta({ description: 'Seconds.' }),
    refresh_token: z.string().meta({ description: 'Good for one call of /auth/refresh.' }),
    refresh_expires_in: z.int().meta({ description: 'Seconds.' }),
  })
  .meta({ id: 'Token' });

export const loginAnswer = tokenAnswer
  .extend({
    device_token: z.string().meta({
      description: 'For the next log-in on this device, whoever logs in there. It opens nothing; good for a year.',
    }),
  })
  .meta({ id: 'LoginToken' });

export const user = z
  .object({
    id: z.int(),
    email: z.string(),
    username: z.string(),
    role: z.enum(userRoles),
    suspended: z.boolean(),
    created_at: timestamp,
  })
  .meta({ id: 'User' });

export const userAnswer = success(z.object({ user }));
