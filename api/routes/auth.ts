import { col, fn, UniqueConstraintError, where } from 'sequelize';
import { AccountTakenError, WrongCredentialsError } from '../errors.ts';
import { User } from '../models/user.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import { presentUser } from '../presenters/user.ts';
import { login, registration, tokenAnswer, userAnswer } from '../schemas/auth.ts';
import { issueToken } from '../tokens.ts';
import { answer, publicRoute, userRoute } from './route.ts';

const register = publicRoute({
  method: 'post',
  path: '/auth/register',
  summary: 'Sign up.',
  body: { type: 'json', schema: registration },
  answers: { 201: { description: 'The new account.', schema: userAnswer } },
  errors: { 409: 'ACCOUNT_TAKEN' },
  handle: async ({ ctx, body }) => {
    const { email, username, password } = body;
    await refuseTaken(email, username);
    const passwordHash = await hashPassword(password);
    const user = await User.create({ email, username, passwordHash }).catch((error: unknown) => {
      // Another request was faster between the look and the insertion.
      if (error instanceof UniqueConstraintError) throw new AccountTakenError(['email', 'username']);
      throw error;
    });
    answer(ctx, 201, 'registered', { user: presentUser(user) });
  },
});

async function refuseTaken(email: string, username: string): Promise<void> {
  const sameName = where(fn('lower', col('username')), username.toLowerCase());
  const [emailTaken, nameTaken] = await Promise.all([
    User.count({ where: { email } }),
    User.count({ where: sameName }),
  ]);
  const fields = [...(emailTaken ? ['email'] : []), ...(nameTaken ? ['username'] : [])];
  if (fields.length > 0) throw new AccountTakenError(fields);
}

const logIn = publicRoute({
  method: 'post',
  path: '/auth/login',
  summary: 'Log in with email and password (OAuth 2 password form).',
  body: { type: 'form', schema: login },
  answers: { 200: { description: 'A token for the Authorization header.', schema: tokenAnswer } },
  errors: { 401: 'WRONG_CREDENTIALS' },
  handle: async ({ ctx, services, body }) => {
    const user = await User.findOne({ where: { email: body.username.toLowerCase() } });
    const matches = await verifyPassword(body.password, user?.passwordHash ?? null);
    if (!user || !matches) throw new WrongCredentialsError();
    const { JWT_SECRET: secret, JWT_LIFETIME_SECONDS: lifetimeSeconds } = services.config;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = {
      access_token: issueToken({ secret, lifetimeSeconds }, user.id),
      token_type: 'bearer',
      expires_in: lifetimeSeconds,
    };
  },
});

const me = userRoute({
  method: 'get',
  path: '/auth/me',
  summary: 'The account that the token belongs to.',
  answers: { 200: { description: 'The account.', schema: userAnswer } },
  handle: ({ ctx, user }) => {
    answer(ctx, 200, 'me', { user: presentUser(user) });
    return Promise.resolve();
  },
});

export const authRoutes = [register, logIn, me];
