import Router from '@koa/router';
import { createOpenApi } from './openapi.ts';

export const documentPath = '/openapi.json';

/** The document of the API; the page `/docs` shows it (api/web/pages/docs.ts). */
export function createDocumentRouter(publicUrl: string): Router {
  const router = new Router();
  const document = JSON.stringify(createOpenApi(publicUrl));
  router.get(documentPath, (ctx) => {
    ctx.type = 'json';
    ctx.body = document;
  });
  return router;
}
