import type { Next } from 'koa';
import { AppError, UnauthenticatedError } from '../../errors.ts';
import type { AppContext } from '../context.ts';
import { findBearer, findOwner } from '../../accounts/sessions.ts';
import { readToken, type TokenRules } from '../../accounts/tokens.ts';
import type { Database } from '../../stores/database.ts';

/**
 * Finds out who asks, and what hosting they have where `readsHosting`: one question for both.
 * @throws UnauthenticatedError without a valid token of a session that goes on
 */
export function authenticate(database: Database, rules: TokenRules, { readsHosting }: { readsHosting: boolean }) {
  const find = readsHosting ? findOwner : findBearer;
  return async (ctx: AppContext, next: Next): Promise<void> => {
    const [, token = ''] = /^Bearer ([^ ]+)$/i.exec(ctx.get('Authorization')) ?? [];
    const found = await find(database, readToken(rules, token));
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
