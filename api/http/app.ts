import Koa from 'koa';
import type { Middleware } from 'koa';
import { createDocumentRouter } from './document.ts';
import { renderErrors } from './middleware/errors.ts';
import { setSecurityHeaders } from './middleware/headers.ts';
import { rejectOtherOrigins } from './middleware/origin.ts';
import { openRequest } from './middleware/request.ts';
import { createRouter, rejectOtherMethods } from './router.ts';
import type { Services } from '../services.ts';
import { createInterface } from '../web/interface.ts';

/** The HTTP interface: every request passes these, from top to bottom. */
export function createApp(services: Services): Koa {
  const { config, logger } = services;
  const app = new Koa();
  const router = createRouter(services);
  let callback: ReturnType<Koa['callback']> | undefined;
  // The pages call the API by the way that everybody's requests take, which is complete only below.
  const pages = createInterface(services, (request, response) => void (callback ??= app.callback())(request, response));
  app.use(setSecurityHeaders);
  app.use(openRequest(logger, config.DEFAULT_LANGUAGE) as Middleware);
  app.use(renderErrors(logger) as Middleware);
  app.use(pages.showFailures);
  app.use(rejectOtherOrigins);
  // Those of calls first, as most requests are calls.
  app.use(router.routes() as Middleware);
  for (const routes of pages.routers) app.use(routes);
  app.use(createDocumentRouter(config.PUBLIC_URL).routes() as Middleware);
  app.use(rejectOtherMethods(router));
  // What arrives here failed while its answer was on the way: mostly, the client went away.
  app.on('error', (error: unknown) => logger.warn({ err: error }, 'an answer broke off'));
  return app;
}
