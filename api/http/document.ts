import Router from '@koa/router';
import type { Language } from '../messages.ts';
import { createOpenApi } from './openapi.ts';

export const documentPath = '/openapi.json';

/** The document of the API; the page `/docs` shows it (api/web/pages/docs.ts). */
export function createDocumentRouter(publicUrl: string): Router {
  const router = new Router();
  const inLanguage = (language: Language) => JSON.stringify(createOpenApi(publicUrl, language));
  const documents: Record<Language, string> = { ko: inLanguage('ko'), en: inLanguage('en') };
  router.get(documentPath, (ctx) => {
    // All else in it is English: programs, which name no language or any, get it whole.
    const language = ctx.acceptsLanguages(['en', 'ko']) === 'ko' ? 'ko' : 'en';
    ctx.set('Content-Language', language);
    ctx.type = 'json';
    ctx.body = documents[language];
  });
  return router;
}
