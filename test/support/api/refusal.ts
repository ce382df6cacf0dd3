import type { ExecutionContext } from 'ava';
import type { TestApi } from './api.ts';
import { call, type CallOptions, type Called } from './calls.ts';
import { countRows } from './rows.ts';

export interface BadRequest extends CallOptions {
  method: string;
  path: string;
  /** What must not appear in the log, nor in the answer. */
  secrets?: string[];
}

export interface Refusal {
  status: number;
  code: string;
}

/**
 * Sends a bad request in both languages, and holds the answers to the contract: the code, a sentence in the language,
 * nothing changed, nothing told. Expects that nothing else changes rows meanwhile.
 * @returns the answer in English.
 */
export async function assertRefused(
  t: ExecutionContext,
  api: TestApi,
  request: BadRequest,
  refusal: Refusal,
): Promise<Called> {
  const { method, path, secrets = [], ...options } = request;
  const before = await countRows(api.stores.database);
  const korean = await call(api, method, path, options);
  const headers = { ...options.headers, 'Accept-Language': 'en' };
  const english = await call(api, method, path, { ...options, headers });
  for (const { status, body } of [korean, english]) {
    t.like({ status, body }, { status: refusal.status, body: { success: false, error: { code: refusal.code } } });
    t.deepEqual(Object.keys(body).sort(), ['error', 'message', 'success']);
  }
  assertSentences(t, korean, english);
  t.deepEqual(await countRows(api.stores.database), before);
  for (const secret of [...secrets, ...(options.token ? [options.token] : [])]) {
    t.false(api.log().includes(secret), 'a secret is in the log');
    t.false(korean.text.includes(secret), 'a secret is in the answer');
  }
  return english;
}

function assertSentences(t: ExecutionContext, korean: Called, english: Called): void {
  t.regex(korean.body.message ?? '', /[가-힣].*[가-힣].*\.$/);
  t.is(korean.headers.get('Content-Language'), 'ko');
  t.regex(english.body.message ?? '', /^[\x20-\x7e]{12,}\.$/);
  t.is(english.headers.get('Content-Language'), 'en');
}
