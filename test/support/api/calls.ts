import { randomUUID } from 'node:crypto';
import { lifetimesOf, openSession } from '../../../api/accounts/sessions.ts';
import { onBehalfOf } from '../../../api/audit.ts';
import { issueToken, tokenRules } from '../../../api/accounts/tokens.ts';
import type { TestApi } from './api.ts';

export interface CallOptions {
  token?: string;
  json?: unknown;
  form?: Record<string, string>;
  /** Sent as it is. */
  body?: string | Buffer;
  headers?: Record<string, string>;
}

/** An answer in the envelope of the API. */
export interface Answer {
  success?: boolean;
  message?: string;
  data?: Record<string, unknown>;
  error?: { code: string; details: unknown };
  [key: string]: unknown;
}

export interface Called {
  status: number;
  headers: Headers;
  /** As it came. */
  text: string;
  body: Answer;
}

export const respondAsync = { Prefer: 'respond-async' };

/** Calls the API. @param path below `/api/v1`, unless it begins with the address of a server */
export async function call(api: TestApi, method: string, path: string, options: CallOptions = {}): Promise<Called> {
  const { token, json, form, headers } = options;
  const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
  const response = await fetch(path.startsWith('http') ? path : `${api.url}/api/v1${path}`, {
    method,
    headers: {
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: (options.body ?? body ?? null) as string | null,
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, body: isJson ? (JSON.parse(text) as Answer) : {} };
}

export interface Account {
  id: number;
  email: string;
  username: string;
  siteName: string;
  token: string;
  sessionId: string;
  refreshToken: string;
}

/** An account with a session, as a log-in opens it. Without the password's slow hash, unless given one: it cannot log in. */
export async function makeAccount({ services }: TestApi, passwordHash = 'none'): Promise<Account> {
  const { config, database } = services;
  const username = `user-${randomUUID().slice(0, 8)}`;
  const email = `${username}@example.com`;
  const user = await database.models.User.create({ email, username, passwordHash });
  const { session, refreshToken } = await openSession(database, {
    user,
    actor: onBehalfOf(user.id),
    ...lifetimesOf(config),
  });
  const bearer = { userId: user.id, sessionId: session.id };
  const token = issueToken(tokenRules(config), bearer, config.JWT_LIFETIME_SECONDS);
  return { id: user.id, email, username, siteName: user.siteName, token, sessionId: session.id, refreshToken };
}

export function makeAccounts(api: TestApi, count: number): Promise<Account[]> {
  return Promise.all(Array.from({ length: count }, () => makeAccount(api)));
}
