import { randomBytes } from 'node:crypto';
import Router from '@koa/router';
import send from 'koa-send';
import { getAbsoluteFSPath } from 'swagger-ui-dist';
import { render } from '../templates/render.ts';
import { pagePolicy } from '../templates/security-headers.ts';
import { createOpenApi } from './openapi.ts';

const documentPath = '/openapi.json';
/** Seconds. */
const assetLifetime = 3_600;
const assets = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Swagger UI at `/docs`, and the document that it shows. */
export function createDocsRouter(publicUrl: string): Router {
  const router = new Router();
  const document = JSON.stringify(createOpenApi(publicUrl));
  const start = render('docs/start.js', { documentUrl: documentPath });
  router.get(documentPath, (ctx) => {
    ctx.type = 'json';
    ctx.body = document;
  });
  router.get('/docs', (ctx) => {
    const nonce = randomBytes(16).toString('base64');
    ctx.set('Content-Security-Policy', pagePolicy(nonce));
    ctx.type = 'html';
    ctx.body = render('docs/page.html', { nonce });
  });
  router.get('/docs/start.js', (ctx) => {
    ctx.type = 'js';
    ctx.body = start;
  });
  for (const asset of assets) {
    router.get(`/docs/${asset}`, async (ctx) => {
      ctx.set('Cache-Control', `max-age=${assetLifetime}`);
      await send(ctx, asset, { root: getAbsoluteFSPath() });
    });
  }
  return router;
}
