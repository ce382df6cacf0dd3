import Router from '@koa/router';
import type { Middleware } from 'koa';
import { UnauthenticatedError } from '../errors.ts';
import { readBody } from '../http/middleware/body.ts';
import type { AppContext } from '../http/context.ts';
import { accountPages } from './pages/account.ts';
import { docsPages } from './pages/docs.ts';
import { domainPages } from './pages/domains.ts';
import { hostingPages } from './pages/hosting.ts';
import { languagePages } from './pages/language.ts';
import { namePages } from './pages/names.ts';
import { operatorPages } from './pages/operator.ts';
import { operatorUserPages } from './pages/operator-user.ts';
import { sessionPages } from './pages/session.ts';
import { startPages } from './pages/start.ts';
import type { PageRoute } from './route.ts';
import { Visit, type Web } from './visit.ts';

export const pageRoutes: PageRoute[] = [
  ...startPages,
  ...docsPages,
  ...languagePages,
  ...sessionPages,
  ...hostingPages,
  ...domainPages,
  ...accountPages,
  ...namePages,
  ...operatorPages,
  ...operatorUserPages,
];

/** The router of the interface: for each page find out who asks, read the form, answer. */
export function createPageRouter(web: Web): Router {
  const router = new Router();
  for (const { method, path, access, handle } of pageRoutes) {
    const steps: Middleware[] = method === 'post' ? [readBody({ type: 'form' })] : [];
    router[method](path, ...steps, (async (ctx: AppContext) => {
      const visit = await Visit.open(web, ctx);
      if (access !== 'public' && !visit.session) throw new UnauthenticatedError();
      await handle(visit);
    }) as Middleware);
  }
  return router;
}
