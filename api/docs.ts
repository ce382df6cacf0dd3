import Router from '@koa/router';
import send from 'koa-send';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { render } from '../templates/render.ts';
import { createOpenApi } from './openapi.ts';

const documentPath = '/openapi.json';
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Swagger UI at `/docs`, and the document that it shows. */
export function createDocsRouter(publicUrl: string): Router {
  const router = new Router();
  const document = JSON.stringify(createOpenApi(publicUrl));
  const page = render('docs/page.html', {});
  const start = render('docs/start.js', { documentUrl: documentPath });
  router.get(documentPath, (ctx) => {
    ctx.type = 'json';
    ctx.body = document;
  });
  router.get('/docs', (ctx) => {
    ctx.type = 'html';
    ctx.body = page;
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'js';
    ctx.body = start;
  });
  for (const asset of assets) {
    router.get(
      `/docs/${asset}`,
      async (ctx) => void (await send(ctx, asset, { root: getAbsoluteFSPath(), maxage: 3_600_000 })),
    );
  }
  return router;
}
