import type { Next } from 'koa';
import { ConnectionError, TimeoutError } from 'sequelize';
import {
  AppError,
  BodyTooLargeError,
  MalformedBodyError,
  NotFoundError,
  PartDownError,
  UnsupportedMediaTypeError,
} from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { translate } from '../../messages.ts';
import type { AppContext } from '../context.ts';

/** The one place where an error becomes an answer. What is not an {@link AppError} is a bug: logged whole, shown as nothing. */
export function renderErrors(logger: Logger) {
  return async (ctx: AppContext, next: Next): Promise<void> => {
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null) throw new NotFoundError();
    } catch (error) {
      const known = recognize(error);
      if (!known || known.status >= 500) logger.error({ err: error, request: ctx.state.id }, 'request failed');
      render(ctx, known);
    }
  };
}

function render(ctx: AppContext, error: AppError | undefined): void {
  const { language, id } = ctx.state;
  ctx.status = error?.status ?? 500;
  if (ctx.status === 401) ctx.set('WWW-Authenticate', 'Bearer');
  if (error?.retryAfter) ctx.set('Retry-After', String(error.retryAfter));
  ctx.state.code = error?.code ?? 'INTERNAL';
  ctx.body = {
    success: false,
    message: translate(error?.messageKey ?? 'internal', language),
    error: { code: ctx.state.code, details: error ? error.details : { request_id: id } },
  };
}

/** Gives errors of libraries the class that they are one of. */
export function recognize(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  if (error instanceof ConnectionError || error instanceof TimeoutError) return new PartDownError('database', error);
  const { status, type } = error as { status?: number; type?: string };
  if (status === 413) return new BodyTooLargeError();
  if (status === 415) return new UnsupportedMediaTypeError('UTF-8');
  if (status === 400 || type === 'request.aborted') return new MalformedBodyError(error);
  return undefined;
}
