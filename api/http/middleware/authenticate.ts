import type { Middleware, Next } from 'koa';
import jwt from 'koa-jwt';
import { AppError, UnauthenticatedError } from '../../errors.ts';
import type { AppContext } from '../context.ts';
import { findBearer } from '../../accounts/sessions.ts';
import { readClaims, tokenAlgorithm, type TokenRules } from '../../accounts/tokens.ts';
import type { Database } from '../../stores/database.ts';

/** Finds out who asks. @throws UnauthenticatedError without a valid token of a session that goes on */
export function authenticate(database: Database, rules: TokenRules) {
  // koa-jwt 4.0 hands the secret on as it is to jsonwebtoken, which takes keys; its types are older.
  const secret = rules.secret as unknown as Buffer;
  const options = { ...rules, secret, algorithms: [tokenAlgorithm], passthrough: true, key: 'token' };
  const readToken = jwt(options) as Middleware;
  return async (ctx: AppContext, next: Next): Promise<void> => {
    await readToken(ctx, () => Promise.resolve());
    const { token, jwtOriginalError } = ctx.state as { token?: unknown; jwtOriginalError?: Error };
    const bearer = readClaims(token);
    if (!bearer) throw new UnauthenticatedError(jwtOriginalError);
    const found = await findBearer(database, bearer);
    if (!found) throw new UnauthenticatedError();
    Object.assign(ctx.state, found);
    await next();
  };
}

/** @throws AppError `FORBIDDEN` for whoever is no operator */
export async function requireOperator(ctx: AppContext, next: Next): Promise<void> {
  if (ctx.state.user?.role !== 'operator') throw new AppError('FORBIDDEN');
  await next();
}
