import { z } from 'zod';
import { isCommonPassword } from '../../accounts/common-passwords.ts';
import type { MessageKey } from '../../messages.ts';
import { complaintOfDisplayName, longestDisplayName } from '../../accounts/display-name.ts';
import { complaintOfSiteName, siteNameLabel, siteNameRules } from '../../accounts/site-name-rules.ts';
import { userRoles } from '../../models/user.ts';
import { blank, count, longestEmail, success, timestamp, userId } from './common.ts';

/** Characters before the @: no mail server takes more (RFC 5321, 4.5.3.1.1), and `format: email` in the document says so. */
const longestLocalPart = 64;
const email = z
  .email()
  .max(longestEmail)
  .refine((text) => text.lastIndexOf('@') <= longestLocalPart, { message: 'emailRule' })
  .transform((text) => text.toLowerCase());
export const passwordLength = { least: 8, most: 128 };
/** Measured as it is hashed (api/accounts/passwords.ts), and in characters, as people count them. */
const password = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .superRefine((text, context) => {
    const { length } = [...text];
    const complain = (message: MessageKey) => context.addIssue({ code: 'custom', message });
    if (length < passwordLength.least || length > passwordLength.most) complain('passwordLength');
    else if (!text.isWellFormed()) complain('textMalformed');
    else if (isCommonPassword(text)) complain('passwordCommon');
  })
  .meta({ ...blank, minLength: passwordLength.least, maxLength: passwordLength.most });

/** A password that is only compared: long enough for any that was ever accepted. */
const givenPassword = z.string().min(1).max(2048).meta(blank);

/** What somebody is called: no pattern tells all that is asked of it (api/accounts/display-name.ts). */
const username = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .superRefine((text, context) => {
    const message = complaintOfDisplayName(text);
    if (message) context.addIssue({ code: 'custom', message });
  })
  .meta({
    ...blank,
    format: 'display-name',
    minLength: 1,
    maxLength: longestDisplayName,
    description: 'What you are called, in any script. Others may be called the same.',
  });

/** A site name as it is stored. */
const siteName = z.string().transform((text, context) => {
  const label = siteNameLabel(text);
  if (label === undefined) context.addIssue({ code: 'custom', message: 'siteNameRule' });
  return label ?? z.NEVER;
});
const aboutSiteName = {
  ...blank,
  override: {
    type: 'string',
    anyOf: Object.values(siteNameRules).map(({ least, most, pattern }) => ({
      pattern,
      minLength: least,
      maxLength: most,
    })),
  },
  description:
    "Yours alone, and unlike all others'. Some are reserved. One in Hangul may also be given as the label of its host, `xn--…`.",
} as const;

/** That of somebody new. */
const newSiteName = siteName
  .superRefine((label, context) => {
    if (complaintOfSiteName(label)) context.addIssue({ code: 'custom', message: 'siteNameReserved' });
  })
  .meta(aboutSiteName);

export const registration = z
  .strictObject({
    email: email.meta(blank),
    password,
    username,
    site_name: newSiteName
      .optional()
      .meta({ description: 'Made from the username or the email where it is not given.' }),
  })
  .meta({ id: 'Registration', example: { email: '', password: '', username: '' } });

export const nameChange = z
  .strictObject({
    username: username.optional(),
    // Reserved names pass here: the user whose own name is `user-7` may keep it. The route refuses all others.
    site_name: siteName.meta(aboutSiteName).optional(),
  })
  .meta({ id: 'Naming' });

/** Whatever somebody would like to be called. */
export const siteNameParameters = z.strictObject({ name: z.string().min(1).max(64) });

/** What clients of OAuth 2 may send along; there is only one client, and one scope. */
const clientFields = {
  scope: z.string().max(100).optional().meta(blank),
  client_id: z.string().max(100).optional().meta(blank),
  client_secret: z.string().max(100).optional().meta(blank),
};

/** The form of OAuth 2's password grant (RFC 6749, 4.3.2), so that the Swagger page can log in. */
export const login = z
  .strictObject({
    username: z
      .string()
      .min(1)
      .max(longestEmail)
      .meta({ ...blank, description: 'The email.' }),
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
    refresh_token: z.string().min(1).max(200).meta(blank),
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
    expires_in: count.meta({ description: 'Seconds.' }),
    refresh_token: z.string().meta({ description: 'Good for one call of /auth/refresh.' }),
    refresh_expires_in: count.meta({ description: 'Seconds.' }),
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
    id: userId,
    email: z.string(),
    username: z.string(),
    site_name: z.string().meta({
      description: 'Tells this user from all others. As people read it: its host has one in Hangul as `xn--…`.',
      example: 'gildong',
    }),
    role: z.enum(userRoles),
    suspended: z.boolean(),
    created_at: timestamp,
  })
  .meta({ id: 'User' });

export const userAnswer = success(z.object({ user }));

export const siteNameAnswer = success(
  z.object({
    site_name: z.object({
      name: z.string(),
      state: z.enum(['free', 'taken', 'reserved', 'invalid']).meta({
        description: '`taken`: somebody has it or had it until lately, or it looks like such a name. For a new user.',
      }),
      suggestion: z.string().nullable().meta({ description: 'One that is free, where this one is not.' }),
    }),
  }),
);
