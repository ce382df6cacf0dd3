import type { Next } from 'koa';
import { ConnectionError, TimeoutError } from 'sequelize';
import { AppError, NotFoundError, UnsupportedMediaTypeError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { AppContext } from '../context.ts';

/** The one place where an error becomes an answer. */
export function renderErrors(logger: Logger) {
  return async (ctx: AppContext, next: Next): Promise<void> => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new NotFoundError();
    } catch (error) {
      const known = recognize(error, ctx.state.id);
      if (known.status >= 500) logger.error({ err: error, request: ctx.state.id }, 'request failed');
      render(ctx, known);
    }
  };
}

function render(ctx: AppContext, { code, status, sentence, details, retryAfter }: AppError): void {
  ctx.status = status;
  if (status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  if (retryAfter) ctx.set('Retry-After', String(retryAfter));
  ctx.state.code = code;
  ctx.body = { success: false, message: sentence[ctx.state.language], error: { code, details } };
}

/** What a client sees of an error. One that is not known is a bug: all that is told is the request to look for in the log. */
export function recognize(error: unknown, requestId: string): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ConnectionError || error instanceof TimeoutError)
    return new AppError('PART_DOWN', { details: { part: 'database' }, cause: error });
  const { status, type } = error as { status?: number; type?: string };
  if (status === 413) return new AppError('BODY_TOO_LARGE');
  if (status === 415) return new UnsupportedMediaTypeError('UTF-8');
  if (status === 400 || type === 'request.aborted') return new AppError('BODY_MALFORMED', { cause: error });
  return new AppError('INTERNAL', { details: { request_id: requestId } });
}
