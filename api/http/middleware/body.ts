import { bodyParser } from '@koa/bodyparser';
import type { Middleware } from 'koa';
import { UnsupportedMediaTypeError } from '../../errors.ts';
import { mediaTypes } from '../../protocol.ts';
import type { BodyRule } from '../routes/route.ts';

export const bodyLimit = '64kb';

/** Reads a body of the one type that a route takes. @throws UnsupportedMediaTypeError */
export function readBody({ type }: Pick<BodyRule, 'type'>): Middleware {
  const limits = { jsonLimit: bodyLimit, formLimit: bodyLimit };
  const parse = bodyParser({
    enableTypes: [type],
    ...limits,
    encoding: 'utf-8',
    parsedMethods: ['POST', 'PATCH', 'DELETE'],
  });
  return async (ctx, next) => {
    // Many clients that send nothing send a length of 0.
    const empty = !ctx.request.length && !ctx.get('Transfer-Encoding');
    if (empty) {
      await next();
      return;
    }
    if (!ctx.is(mediaTypes[type])) throw new UnsupportedMediaTypeError(mediaTypes[type]);
    // 64 kB need no compression, and unpacking could be made to cost much.
    if (!['', 'identity'].includes(ctx.get('Content-Encoding').toLowerCase()))
      throw new UnsupportedMediaTypeError('Content-Encoding: identity');
    await parse(ctx, next);
  };
}
