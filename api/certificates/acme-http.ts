import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { axios } from 'acme-client';
import { z } from 'zod';
import { CertificateError } from './errors.ts';

/** Milliseconds for one call, its answer included. */
const timeLimit = 20_000;
/** Bytes: chains of certificates have a few thousand. */
const largestAnswer = 256 * 1_024;
const badNonce = 'urn:ietf:params:acme:error:badNonce';

/** What all calls of one order share. */
export interface Calls {
  /** Trusts whoever vouches for the authority's directory. */
  agent: Agent;
  /** Aborted when the order is to end, for whatever reason. */
  signal: AbortSignal;
}

type Adapter = Extract<NonNullable<typeof axios.defaults.adapter>, (...given: never[]) => unknown>;
type Sent = Parameters<Adapter>[0];

const calls = new AsyncLocalStorage<Calls>();

/** Does what calls an authority through `acme-client`. */
export function withCalls<T>(given: Calls, work: () => Promise<T>): Promise<T> {
  return calls.run(given, work);
}

/** A problem document of RFC 7807, as RFC 8555 has it. */
export const problem = z.looseObject({ type: z.string().default('about:blank'), detail: z.string().optional() });

export function errorOf({ type, detail }: z.infer<typeof problem>, retryAfter?: number): CertificateError {
  const code = type.split(':').at(-1) ?? '';
  return new CertificateError(/^[A-Za-z]{1,60}$/.test(code) ? code : 'unintelligible', detail ?? type, { retryAfter });
}

// The library's own way repeats what failed, for longer than a worker may take to stop, and hides why a connection was refused.
axios.defaults.adapter = (async (sent: Sent) => {
  const { agent, signal } = calls.getStore() ?? {};
  if (!agent || !signal) throw new Error('an authority is only called within withCalls');
  const url = new URL(sent.url ?? '');
  if (url.protocol !== 'https:') throw new CertificateError('unintelligible', `It is not to be called at ${url.href}.`);
  const [answer, text] = await exchange(url, sent, { agent, signal });
  const { statusCode: status = 0, headers } = answer;
  if (status >= 300) {
    const told = toldOf(text);
    // The library asks again with the nonce that came along.
    if (told?.type !== badNonce) throw refusal(url, answer, told);
  }
  return { status, statusText: '', headers, data: text, config: sent, request: null };
}) as unknown as Adapter;

async function exchange(url: URL, sent: Sent, { agent, signal }: Calls): Promise<[IncomingMessage, string]> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeLimit)]);
  try {
    const headers = Object.fromEntries(Object.entries(sent.headers.toJSON()).filter(([, value]) => value != null));
    const asked = request(url, { method: sent.method?.toUpperCase(), headers, agent, signal: until } as object);
    asked.end(sent.data as string | undefined);
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > largestAnswer) throw new CertificateError('unintelligible', `${url.host} answers with too much.`);
    }
    return [answer, Buffer.concat(chunks).toString()];
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = until.aborted ? `no answer in ${timeLimit / 1_000} s` : message || code || 'no reason is known';
    throw new CertificateError('unreachable', `${url.host} does not answer: ${reason}`, { cause: error });
  }
}

function toldOf(text: string): z.infer<typeof problem> | undefined {
  try {
    return problem.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // A page of HTML, mostly.
  }
}

function refusal(url: URL, { statusCode, headers }: IncomingMessage, told?: z.infer<typeof problem>): CertificateError {
  const retryAfter = secondsOf(headers['retry-after']);
  if (told && told.type !== 'about:blank') return errorOf(told, retryAfter);
  const code = statusCode === 429 ? 'rateLimited' : 'unintelligible';
  return new CertificateError(code, `${url.href} answers with status ${statusCode}.`, { retryAfter });
}

/** Seconds of a `Retry-After`, which is a number or a date. */
export function secondsOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : undefined;
}
