import type { TestApi } from './api.ts';
import type { Account } from './calls.ts';

/** A page as it came. */
export interface Visited {
  status: number;
  headers: Headers;
  text: string;
  /** Where it leads, for a redirect. */
  location: string | null;
  /** `Set-Cookie`, one for each cookie. */
  cookies: string[];
}

export interface VisitOptions {
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

/** With which htmx asks for the part of a page that changes. */
export const live = { 'HX-Request': 'true' };

/** A browser without JavaScript: keeps cookies, follows nothing by itself. */
export class PageVisitor {
  readonly #url: string;
  readonly #jar = new Map<string, string>();
  readonly #headers: Record<string, string>;

  /** @param headers sent with each request */
  constructor({ url }: Pick<TestApi, 'url'>, headers: Record<string, string> = {}) {
    this.#url = url;
    this.#headers = { Accept: 'text/html', 'Accept-Language': 'en', ...headers };
  }

  /** One who is logged in already. */
  static as(
    api: TestApi,
    { refreshToken }: Pick<Account, 'refreshToken'>,
    headers?: Record<string, string>,
  ): PageVisitor {
    const visitor = new PageVisitor(api, headers);
    visitor.setCookie('webhoster-session', refreshToken);
    return visitor;
  }

  setCookie(name: string, value: string): void {
    this.#jar.set(name, value);
  }

  cookie(name: string): string | undefined {
    return this.#jar.get(name);
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Visited> {
    return this.#visit(path, { method: 'GET', headers });
  }

  /** Sends a form, as the page's own does. */
  post(path: string, { form = {}, headers = {} }: VisitOptions = {}): Promise<Visited> {
    return this.#visit(path, { method: 'POST', headers, body: new URLSearchParams(form) });
  }

  /** An answer as it arrives. */
  open(path: string, signal: AbortSignal): Promise<Response> {
    return fetch(`${this.#url}${path}`, { headers: { ...this.#headers, Cookie: this.#cookies() }, signal });
  }

  #cookies(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #visit(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Visited> {
    const headers = { ...this.#headers, Cookie: this.#cookies(), ...init.headers };
    const response = await fetch(`${this.#url}${path}`, { ...init, headers, redirect: 'manual' });
    const cookies = response.headers.getSetCookie();
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (value && !/Max-Age=0\b/.test(cookie)) this.#jar.set(name, value);
      else this.#jar.delete(name);
    }
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get('location'),
      cookies,
    };
  }
}
