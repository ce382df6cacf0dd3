import Router from '@koa/router';
import type { Language } from '../messages.ts';
import { createOpenApi } from './openapi.ts';
import type { RequestState } from './context.ts';

export const documentPath = '/openapi.json';

/** The document of the API; the page `/docs` shows it (api/web/pages/docs.ts). */
export function createDocumentRouter(publicUrl: string): Router {
  const router = new Router();
  const inLanguage = (language: Language) => JSON.stringify(createOpenApi(publicUrl, language));
  const documents: Record<Language, string> = { ko: inLanguage('ko'), en: inLanguage('en') };
  router.get(documentPath, (ctx) => {
    ctx.vary('Accept-Language');
    ctx.type = 'json';
    // All else in it is English; so it is whole for programs, which name no language.
    ctx.body = documents[ctx.get('Accept-Language') ? (ctx.state as RequestState).language : 'en'];
  });
  return router;
}
