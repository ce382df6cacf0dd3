import Router from '@koa/router';
import type { Middleware } from 'koa';
import { z } from 'zod';
import { AppError, NotFoundError, UnauthenticatedError, ValidationError } from '../errors.ts';
import { Limits } from './limits.ts';
import { authenticate, requireOperator } from './middleware/authenticate.ts';
import { readBody } from './middleware/body.ts';
import { accountRoutes } from './routes/account.ts';
import { adminRoutes } from './routes/admin.ts';
import { authRoutes } from './routes/auth.ts';
import { domainRoutes } from './routes/domains.ts';
import { healthRoutes } from './routes/health.ts';
import { hostRoutes } from './routes/hosting.ts';
import { operationRoutes } from './routes/operations.ts';
import { powerRoutes } from './routes/power.ts';
import { passwordRoutes } from './routes/password.ts';
import { sshKeyRoutes } from './routes/ssh-keys.ts';
import { isMessageKey, type Language, translate } from '../messages.ts';
import type { AppContext } from './context.ts';
import { limitOf, type OwnerRequest, type Route } from './routes/route.ts';
import { apiPrefix } from '../protocol.ts';
import type { Services } from '../services.ts';
import { tokenRules } from '../accounts/tokens.ts';

/** Every call, in the order of the document. */
export const routes: Route[] = [
  ...authRoutes,
  ...accountRoutes,
  ...hostRoutes,
  ...powerRoutes,
  ...passwordRoutes,
  ...sshKeyRoutes,
  ...domainRoutes,
  ...operationRoutes,
  ...adminRoutes,
  ...healthRoutes,
];

/** The router of the API: for each route authenticate, read the body, validate, handle. */
export function createRouter(services: Services): Router {
  const router = new Router({ prefix: apiPrefix });
  const rules = tokenRules(services.config);
  const limits = new Limits(services);
  for (const route of routes) {
    const steps: Middleware[] = [];
    const { access, readsHosting = false } = route;
    if (access !== 'public') steps.push(authenticate(services.database, rules, { readsHosting }) as Middleware);
    if (access === 'operator') steps.push(requireOperator as Middleware);
    if (route.body) steps.push(readBody(route.body));
    router[route.method](route.path, ...steps, (ctx) => handle(route, { services, limits, ctx }));
  }
  return router;
}

interface Handling {
  services: Services;
  limits: Limits;
  ctx: AppContext;
}

async function handle(route: Route, { services, limits, ctx }: Handling): Promise<void> {
  const { user, session, own, language, address, id: requestId } = ctx.state;
  const parameters = check(route.parameters, (ctx as { params?: unknown }).params, 'path', language);
  const query = check(route.query, { ...ctx.query }, 'query', language);
  const given = (ctx.request as { body?: unknown }).body;
  const body = check(route.body?.schema, given ?? (route.body?.optional ? {} : given), 'body', language);
  if (route.access !== 'public' && !user) throw new UnauthenticatedError();
  const actor = { userId: user?.id ?? null, address, requestId };
  const request = { ctx, services, body, parameters, query, user, session, own, actor } as OwnerRequest;
  const limit = limitOf(route);
  if (limit) await limits.enforce(limit, request, () => route.handle(request));
  else await route.handle(request);
}

const validatorMessages = { ko: z.locales.ko().localeError, en: z.locales.en().localeError };

function check(schema: z.ZodType | undefined, value: unknown, where: string, language: Language): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value, { error: validatorMessages[language] });
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => ({
    path: [where, ...path].join('.'),
    message: isMessageKey(message) ? translate(message, language) : message,
  }));
  throw new ValidationError(issues);
}

/** Answers for addresses that exist with another method: 405 with `Allow`, or what OPTIONS asks for. */
export function rejectOtherMethods(router: Router): Middleware {
  const describeMethods = router.allowedMethods() as Middleware;
  return async (ctx, next) => {
    await describeMethods(ctx, next);
    const allowed = String(ctx.response.get('Allow')).split(', ').filter(Boolean);
    if (ctx.status === 405 || (ctx.status === 501 && allowed.length > 0))
      throw new AppError('METHOD_NOT_ALLOWED', { details: { allowed } });
    if (ctx.status === 501) throw new NotFoundError();
  };
}
