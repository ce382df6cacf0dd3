import type { RequestListener } from 'node:http';
import inject from 'light-my-request';
import type { Language } from '../messages.ts';
import { apiPrefix, mediaTypes } from '../protocol.ts';

/** Whom a call is made for, and how to answer it. */
export interface Caller {
  /** Of the visitor: limits and the audit log count by it. */
  address: string;
  language: Language;
  /** Of a session; none for calls that anybody may make. */
  token: string | null;
}

export interface CallOptions {
  json?: object;
  form?: Record<string, string>;
}

/** What the API answered, taken apart. */
export interface ApiAnswer<Data = unknown> {
  status: number;
  ok: boolean;
  message: string;
  /** Of a success. */
  data: Data;
  /** Of a failure. */
  code: string;
  details: unknown;
  /** Seconds, where the API says them. */
  retryAfter: number | null;
  /** The whole, for the calls without an envelope. */
  body: Record<string, unknown>;
}

interface Envelope {
  success?: boolean;
  message?: string;
  data?: unknown;
  error?: { code: string; details: unknown };
  [key: string]: unknown;
}

/**
 * The public API, called within the process: what a page does is checked, limited, logged and worded as what a program does.
 * Calls carry no cookie, and none of the headers by which a browser tells a page.
 */
export class ApiClient {
  readonly #dispatch: RequestListener;

  constructor(dispatch: RequestListener) {
    this.#dispatch = dispatch;
  }

  /** @param path below `/api/v1` */
  async call<Data>(
    caller: Caller,
    [method, path]: [method: string, path: string],
    { json, form }: CallOptions = {},
  ): Promise<ApiAnswer<Data>> {
    const headers = {
      'X-Real-IP': caller.address,
      'Accept-Language': caller.language,
      // Pages show the steps instead of waiting.
      Prefer: 'respond-async',
      ...(caller.token && { Authorization: `Bearer ${caller.token}` }),
      ...(json && { 'Content-Type': mediaTypes.json }),
      ...(form && { 'Content-Type': mediaTypes.form }),
    };
    const payload = json ? JSON.stringify(json) : form && new URLSearchParams(form).toString();
    const url = `${apiPrefix}${path}`;
    const response = await inject(this.#dispatch, { method, url, headers, ...(payload !== undefined && { payload }) });
    const body = response.json<Envelope>();
    return {
      status: response.statusCode,
      ok: response.statusCode < 400,
      message: body.message ?? '',
      data: body.data as Data,
      code: body.error?.code ?? '',
      details: body.error?.details ?? null,
      retryAfter: Number(response.headers['retry-after']) || null,
      body,
    };
  }
}
