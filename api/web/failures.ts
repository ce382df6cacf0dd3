import type { Next } from 'koa';
import { errors, fieldErrors, takenFields } from '../../templates/web/texts/errors.ts';
import { failures } from '../../templates/web/texts/failures.ts';
import type { Sentences } from '../../templates/web/texts/language.ts';
import { type Issue, UnauthenticatedError } from '../errors.ts';
import type { Language } from '../messages.ts';
import { recognize } from '../http/middleware/errors.ts';
import type { AppContext } from '../http/context.ts';
import type { ApiAnswer } from './api-client.ts';
import { clearSessionCookie, readLanguageCookie, readSessionCookie } from './cookies.ts';
import { formatDuration } from './format.ts';
import { ApiRefusedError, Visit, type Web } from './visit.ts';

type ByCode = Partial<Sentences>;
const forUsers: ByCode = errors;
/** Pages for operators, who are not told to "ask the operator". */
const forOperators: ByCode = { ...errors, ...failures };

/** What a person is told of a failure: our sentence for the code, or else the API's own. */
export function explain(
  { code, message, retryAfter }: FailureFacts,
  language: Language,
  sentences: ByCode = forUsers,
): string {
  const sentence = sentences[code]?.[language] ?? message;
  return sentence.replace('{wait}', formatDuration(retryAfter ?? 60, language));
}

/** As {@link explain}, on the pages of operators. */
export function explainToOperator(facts: FailureFacts, language: Language): string {
  return explain(facts, language, forOperators);
}

type FailureFacts = Pick<ApiAnswer, 'code' | 'message' | 'retryAfter'>;

/** A form as it is shown again: what was typed, and what is wrong with it, by field. */
export interface FormState {
  values: Record<string, string>;
  errors: Record<string, string>;
  summary: string | null;
  /** What is said above the fields. */
  quote?: string | null;
}

export const emptyForm: FormState = { values: {}, errors: {}, summary: null };

/** A form that the API refused. @param shown fields whose values are shown again; never a password */
export function refusedForm(answer: ApiAnswer, values: Record<string, string>, language: Language): FormState {
  const { code, details } = answer;
  const quote = code === 'ACCOUNT_SUSPENDED' ? (details as { reason: string | null }).reason : null;
  return { values, errors: complaints(answer, language), summary: explain(answer, language), quote };
}

function complaints(answer: ApiAnswer, language: Language): Record<string, string> {
  const { code, details } = answer;
  if (code === 'VALIDATION_FAILED') {
    const found = (details as Issue[]).map(({ path, message }) => {
      const field = path.replace(/^body\./, '').replace(/\.\d+$/, '');
      const ours = (fieldErrors as Record<string, Record<Language, string> | undefined>)[field]?.[language];
      return [field, ours ?? message] as const;
    });
    return Object.fromEntries(found.reverse());
  }
  if (code === 'ACCOUNT_TAKEN') {
    const { fields } = details as { fields: string[] };
    const told = (field: string) => (takenFields as Sentences)[field]?.[language] ?? errors.ACCOUNT_TAKEN[language];
    return Object.fromEntries(fields.map((field) => [field, told(field)]));
  }
  if (code === 'TOO_MANY_SITE_NAMES') return { site_name: explain(answer, language) };
  if (code === 'WRONG_PASSWORD') return { current_password: explain(answer, language) };
  return {};
}

/** Addresses that answer programs, in JSON. */
const forPrograms = /^\/(?:api|openapi\.json|assets)(?:\/|$)/;

function asksForPage(ctx: AppContext): boolean {
  return !forPrograms.test(ctx.path) && ctx.get('Accept').includes('text/html');
}

/** Shows failures to people as pages, and sends those whose session has ended to the log-in. */
export function showFailures(web: Web) {
  return async (ctx: AppContext, next: Next): Promise<void> => {
    if (forPrograms.test(ctx.path)) {
      await next();
      return;
    }
    ctx.state.language = readLanguageCookie(ctx) ?? ctx.state.language;
    ctx.set('Content-Language', ctx.state.language);
    try {
      await next();
      if (ctx.status === 404 && ctx.body == null && asksForPage(ctx))
        await showFailure(web, ctx, { status: 404, code: 'NOT_FOUND', message: '', retryAfter: null });
    } catch (error) {
      if (error instanceof UnauthenticatedError) return askToLogIn(web, ctx);
      if (!asksForPage(ctx) && !(error instanceof ApiRefusedError)) throw error;
      await showFailure(web, ctx, factsOf(error, web, ctx));
    }
  };
}

function factsOf(error: unknown, { services }: Web, { state }: AppContext): FailureFacts & { status: number } {
  if (error instanceof ApiRefusedError) return error.answer;
  const { status, code, sentence, retryAfter = null } = recognize(error, state.id);
  if (status >= 500) services.logger.error({ err: error, request: state.id }, 'page failed');
  return { status, code, message: sentence[state.language], retryAfter };
}

async function showFailure(web: Web, ctx: AppContext, facts: FailureFacts & { status: number }): Promise<void> {
  const { status } = facts;
  const tell = ctx.path.startsWith('/operator') ? explainToOperator : explain;
  const sentence = tell(facts, ctx.state.language);
  // A script asked for a part of a page: a whole page would not fit into it.
  const show = async (visit: Visit) =>
    visit.isLive
      ? visit.part('parts/alert', { sentence }, { into: '#trouble', status })
      : visit.page('failure', { sentence, status }, status);
  const asNobody = () => show(new Visit(web, ctx, null));
  // The part that is down may be the one that knows who asks.
  if (status >= 500) await asNobody();
  else await Visit.open(web, ctx).then(show).catch(asNobody);
}

/** Browsers leave out `Sec-Fetch-Site` where there is no encryption. */
function isFromElsewhere(ctx: AppContext): boolean {
  const [site, referrer] = [ctx.get('Sec-Fetch-Site'), ctx.get('Referer')];
  if (site) return site === 'cross-site';
  return URL.canParse(referrer) && new URL(referrer).host !== ctx.host;
}

async function askToLogIn(web: Web, ctx: AppContext): Promise<void> {
  if (readSessionCookie(ctx)) clearSessionCookie(ctx);
  const visit = new Visit(web, ctx, null);
  if (ctx.path === '/hosting/events') {
    ctx.status = 401;
    ctx.body = '';
    return;
  }
  // A link from elsewhere comes without the cookie (SameSite=Strict). A page of ours that asks again comes with it.
  if (ctx.method === 'GET' && isFromElsewhere(ctx)) return visit.page('again', {});
  const isOver = ctx.method !== 'GET' || ctx.get('Cookie').includes('webhoster-session=');
  visit.goTo(`/login?${isOver ? 'over=1&' : ''}back=${encodeURIComponent(visit.here)}`);
}
