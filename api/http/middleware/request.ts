import { randomUUID } from 'node:crypto';
import type { Next } from 'koa';
import type { Logger } from '../../logger.ts';
import type { Language } from '../../messages.ts';
import type { AppContext } from '../context.ts';
import { clientAddress } from './client-address.ts';

/** Names the request, settles its language, and logs its end. Paths carry no secrets, queries are not logged. */
export function openRequest(logger: Logger, defaultLanguage: Language) {
  // To look for secrets takes four times as long as all the rest of a line, and in the fields below there is none.
  const lines = logger.child({}, { redact: [] });
  return async (ctx: AppContext, next: Next): Promise<void> => {
    const start = performance.now();
    ctx.state.id = randomUUID();
    ctx.state.address = clientAddress(ctx.req);
    ctx.state.language = chooseLanguage(ctx, defaultLanguage);
    ctx.set({ 'X-Request-Id': ctx.state.id, 'Content-Language': ctx.state.language });
    ctx.vary('Accept-Language');
    await next();
    const { method, path, status } = ctx;
    const { id: request, address, code, user } = ctx.state;
    const milliseconds = Math.round(performance.now() - start);
    lines.info({ request, address, method, path, status, code, milliseconds, user: user?.id }, 'answered');
  };
}

function chooseLanguage(ctx: AppContext, defaultLanguage: Language): Language {
  if (!ctx.get('Accept-Language')) return defaultLanguage;
  const others: Language[] = defaultLanguage === 'ko' ? ['ko', 'en'] : ['en', 'ko'];
  const chosen = ctx.acceptsLanguages(others);
  return chosen === 'ko' || chosen === 'en' ? chosen : defaultLanguage;
}
