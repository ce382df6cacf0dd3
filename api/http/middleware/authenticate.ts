import type { Middleware, Next } from 'koa';
import jwt from 'koa-jwt';
import { Op } from 'sequelize';
import { AppError, UnauthenticatedError } from '../../errors.ts';
import { Session } from '../../models/session.ts';
import { User } from '../../models/user.ts';
import type { AppContext } from '../context.ts';
import { readClaims, tokenAlgorithm, type TokenRules } from '../../accounts/tokens.ts';

/** Finds out who asks. @throws UnauthenticatedError without a valid token of a session that goes on */
export function authenticate(rules: TokenRules) {
  const readToken = jwt({ ...rules, algorithms: [tokenAlgorithm], passthrough: true, key: 'token' }) as Middleware;
  return async (ctx: AppContext, next: Next): Promise<void> => {
    await readToken(ctx, () => Promise.resolve());
    const { token, jwtOriginalError } = ctx.state as { token?: unknown; jwtOriginalError?: Error };
    const bearer = readClaims(token);
    if (!bearer) throw new UnauthenticatedError(jwtOriginalError);
    const { sessionId: id, userId } = bearer;
    const [session, user] = await Promise.all([
      Session.findOne({ where: { id, userId, expiresAt: { [Op.gt]: new Date() } } }),
      User.findByPk(userId),
    ]);
    if (!session || !user) throw new UnauthenticatedError();
    Object.assign(ctx.state, { session, user });
    await next();
  };
}

/** @throws AppError `FORBIDDEN` for whoever is no operator */
export async function requireOperator(ctx: AppContext, next: Next): Promise<void> {
  if (ctx.state.user?.role !== 'operator') throw new AppError('FORBIDDEN');
  await next();
}
