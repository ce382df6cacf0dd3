import type { Middleware } from 'koa';
import { dataPolicy, ownHeaders } from '../../../templates/security-headers.ts';

/** What browsers are told about every answer. Who answers with a page, or with what may be cached, sets its own after this. */
export const setSecurityHeaders: Middleware = async (ctx, next) => {
  ctx.set({ ...ownHeaders, 'Content-Security-Policy': dataPolicy });
  await next();
};
