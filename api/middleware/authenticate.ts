import type { Middleware, Next } from 'koa';
import jwt from 'koa-jwt';
import { UnauthenticatedError } from '../errors.ts';
import { User } from '../models/user.ts';
import type { AppContext } from '../routes/route.ts';
import { tokenAlgorithm } from '../tokens.ts';

/** Finds out who asks. @throws UnauthenticatedError without a valid token of an account that exists. */
export function authenticate(secret: string) {
  const readToken = jwt({ secret, algorithms: [tokenAlgorithm], passthrough: true, key: 'token' }) as Middleware;
  return async (ctx: AppContext, next: Next): Promise<void> => {
    await readToken(ctx, () => Promise.resolve());
    const { token, jwtOriginalError } = ctx.state as { token?: { sub?: string }; jwtOriginalError?: Error };
    const userId = Number(token?.sub);
    if (!Number.isInteger(userId)) throw new UnauthenticatedError(jwtOriginalError);
    const user = await User.findByPk(userId);
    if (!user) throw new UnauthenticatedError();
    ctx.state.user = user;
    await next();
  };
}
