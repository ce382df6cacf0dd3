import { randomBytes } from 'node:crypto';
import { type PageVariables, renderWeb } from '../../templates/web.ts';
import { pagePolicy } from '../../templates/security-headers.ts';
import { findSession } from '../accounts/sessions.ts';
import { UnauthenticatedError } from '../errors.ts';
import type { Language } from '../messages.ts';
import type { Session } from '../models/session.ts';
import type { AppContext } from '../http/context.ts';
import type { Services } from '../services.ts';
import { issueToken, tokenRules } from '../accounts/tokens.ts';
import type { Me } from './answers.ts';
import type { ApiAnswer, ApiClient, CallOptions } from './api-client.ts';
import { assetPaths } from './assets.ts';
import type { Changes } from './changes.ts';
import { readSessionCookie } from './cookies.ts';

/** Seconds for which a token for one call is valid. */
const tokenLifetime = 60;

/** What the pages work with. */
export interface Web {
  services: Services;
  api: ApiClient;
  changes: Changes;
}

/** One request for a page: who asks, in which language, and how to answer. */
export class Visit {
  readonly ctx: AppContext;
  readonly web: Web;
  readonly session: Session | null;
  #me: Promise<Me> | undefined;

  constructor(web: Web, ctx: AppContext, session: Session | null) {
    this.web = web;
    this.ctx = ctx;
    this.session = session;
  }

  /** Finds out by the cookie who asks. */
  static async open(web: Web, ctx: AppContext): Promise<Visit> {
    const cookie = readSessionCookie(ctx);
    return new Visit(web, ctx, cookie ? await findSession(web.services.database, cookie) : null);
  }

  get language(): Language {
    return this.ctx.state.language;
  }

  /** The page that is asked for or that the form is on, to come back to after a log-in or a choice of language. */
  get here(): string {
    const { method, url, path } = this.ctx;
    return method === 'GET' ? url : pageOf(path);
  }

  /** Whether a script of ours asks, which wants a part of the page. */
  get isLive(): boolean {
    return this.ctx.get('HX-Request') === 'true';
  }

  /** What was filled in. */
  get form(): Record<string, string> {
    const body = (this.ctx.request as { body?: Record<string, unknown> }).body ?? {};
    return Object.fromEntries(Object.entries(body).filter(([, value]) => typeof value === 'string')) as Record<
      string,
      string
    >;
  }

  /** A part of the path by its name, or a part of the query, or nothing. */
  parameter(name: string): string {
    const { params = {} } = this.ctx as { params?: Record<string, string> };
    const value = params[name] ?? this.ctx.query[name];
    return typeof value === 'string' ? value : '';
  }

  /** Calls the API as the visitor. @throws UnauthenticatedError when their session has ended */
  async call<Data>(method: string, path: string, options?: CallOptions): Promise<ApiAnswer<Data>> {
    const { session, language, web } = this;
    const { config } = web.services;
    const token =
      session && issueToken(tokenRules(config), { userId: session.userId, sessionId: session.id }, tokenLifetime);
    const caller = { address: this.ctx.state.address, language, token };
    const answer = await web.api.call<Data>(caller, [method, path], options);
    if (session && answer.code === 'UNAUTHENTICATED') throw new UnauthenticatedError();
    return answer;
  }

  /** The data of an answer. @throws ApiRefusedError unless the API did what it was asked for */
  async data<Data>(method: string, path: string, options?: CallOptions): Promise<Data> {
    const answer = await this.call<Data>(method, path, options);
    if (!answer.ok) throw new ApiRefusedError(answer);
    return answer.data;
  }

  /** The visitor's account; asked for once. @throws UnauthenticatedError for nobody */
  me(): Promise<Me> {
    if (!this.session) throw new UnauthenticatedError();
    this.#me ??= this.data<{ user: Me }>('GET', '/auth/me').then(({ user }) => user);
    return this.#me;
  }

  /** Answers with a page. */
  async page(name: string, variables: PageVariables, status = 200): Promise<void> {
    const me = this.session ? await this.me() : null;
    const nonce = randomBytes(16).toString('base64');
    this.ctx.status = status;
    this.ctx.type = 'html';
    this.ctx.set('Content-Security-Policy', pagePolicy(nonce));
    this.ctx.body = renderWeb(name, this.language, {
      nonce,
      assets: assetPaths,
      here: this.here,
      path: pageOf(this.ctx.path),
      me,
      ...variables,
    });
  }

  /** Answers with a part of a page. @param options.into where the script is to put it; without that it shows no refusal */
  part(name: string, variables: PageVariables, { into, status = 200 }: { into: string; status?: number }): void {
    this.ctx.status = status;
    this.ctx.set('HX-Retarget', into);
    this.ctx.type = 'html';
    this.ctx.body = renderWeb(name, this.language, variables);
  }

  /** Sends the visitor to another of our pages. */
  goTo(path: string): void {
    if (this.isLive) {
      this.ctx.status = 200;
      this.ctx.type = 'html';
      this.ctx.set('HX-Redirect', path);
      this.ctx.body = ' ';
      return;
    }
    this.ctx.status = 303;
    this.ctx.redirect(path);
  }
}

/** The page that a form belongs to: the address that the form is sent to answers no GET. */
function pageOf(path: string): string {
  return path.replace(/^(\/account|\/hosting|\/operator\/users\/\d+)\/.*$/, '$1');
}

/** The API refused what a page cannot do without. */
export class ApiRefusedError extends Error {
  override name = 'ApiRefusedError';
  readonly answer: ApiAnswer;

  constructor(answer: ApiAnswer) {
    super(answer.code);
    this.answer = answer;
  }
}
