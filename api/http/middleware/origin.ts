import type { Middleware } from 'koa';
import { AppError } from '../../errors.ts';

const safeMethods = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Refuses changes that a page of another origin asks for, sites in their sandbox included. Programs send neither of the
 * headers that browsers do. Requests that only read change nothing, and what they answer is not readable from elsewhere.
 * @throws AppError `CROSS_ORIGIN`
 */
export const rejectOtherOrigins: Middleware = async (ctx, next) => {
  if (!safeMethods.includes(ctx.method) && !isFromHere(ctx.get('Sec-Fetch-Site'), ctx.get('Origin'), ctx.host))
    throw new AppError('CROSS_ORIGIN');
  await next();
};

/** Browsers leave out `Sec-Fetch-Site` where there is no encryption. `none`: the user asked, not a page. */
function isFromHere(site: string, origin: string, host: string): boolean {
  if (site) return site === 'same-origin' || site === 'none';
  return !origin || (URL.canParse(origin) && new URL(origin).host === host);
}
