import type { Middleware } from 'koa';
import { dataPolicy, ownHeaders } from '../../../templates/security-headers.ts';

/** What browsers are told about every answer. Pages, and what may be cached, set their own headers after this. */
export const setSecurityHeaders: Middleware = async (ctx, next) => {
  ctx.set({ ...ownHeaders, 'Content-Security-Policy': dataPolicy });
  await next();
};
