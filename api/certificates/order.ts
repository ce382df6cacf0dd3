import { generateKeyPairSync, X509Certificate, createPrivateKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, crypto as csr, type Order } from 'acme-client';
import { z } from 'zod';
import { errorOf, problem } from './acme-http.ts';
import { CertificateError } from './errors.ts';

/** Milliseconds between two looks at whether the authority has decided. */
const firstPause = 500;
const longestPause = 5_000;

/** A certificate with its chain, and its key, in PEM. */
export interface Issued {
  chain: string;
  key: string;
  notBefore: Date;
  notAfter: Date;
}

/** Shows an authority what it asks for. */
export interface Answerer {
  type: 'http-01' | 'dns-01';
  /** @param token of the challenge @param answer what is to be found there */
  show: (host: string, token: string, answer: string) => Promise<void>;
  hide: (host: string, token: string, answer: string) => Promise<void>;
}

type Challenge = Parameters<Client['completeChallenge']>[0];

const url = z.url({ protocol: /^https$/ });
const orderShape = z.looseObject({
  status: z.enum(['pending', 'ready', 'processing', 'valid', 'invalid']),
  authorizations: z.array(url).min(1).max(10),
  finalize: url,
  url,
  certificate: url.optional(),
  error: problem.optional(),
});
const challengeShape = z.looseObject({
  type: z.string(),
  url,
  status: z.enum(['pending', 'processing', 'valid', 'invalid']),
  token: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .optional(),
  error: problem.optional(),
});
const authorizationShape = z.looseObject({
  status: z.enum(['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked']),
  url,
  challenges: z.array(challengeShape).max(20),
});

/** What an authority answers, once it is known to be what RFC 8555 says. */
function understood<Shape extends z.ZodType>(shape: Shape, answer: unknown): z.output<Shape> {
  const { success, data, error } = shape.safeParse(answer);
  if (success) return data;
  const [issue] = error.issues;
  throw new CertificateError(
    'unintelligible',
    `Its answer is none of ACME's: ${issue?.path.join('.')} ${issue?.message}`,
  );
}

/**
 * Has an authority certify a host, from the order to the certificate.
 * @param host or `*.` and a domain
 * @throws CertificateError with the authority's words
 */
export async function orderCertificate(
  client: Client,
  { host, answerer, signal }: { host: string; answerer: Answerer; signal: AbortSignal },
): Promise<Issued> {
  const order = understood(orderShape, await client.createOrder({ identifiers: [{ type: 'dns', value: host }] }));
  for (const place of order.authorizations) await authorize(client, place, { host, answerer, signal });
  const ready = await decided(() => lookAt(client, order), ['pending', 'processing'], signal);
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // No common name: it may have no more than 64 characters, and browsers read the other one.
  const [, request] = await csr.createCsr({ altNames: [host] }, privateKey);
  if (ready.status === 'ready') await client.finalizeOrder(asOrder(ready), request);
  const valid = await decided(() => lookAt(client, order), ['pending', 'ready', 'processing'], signal);
  const chain: unknown = await client.getCertificate(asOrder(valid));
  return checked(chain, { host, key: privateKey });
}

const asOrder = (order: z.infer<typeof orderShape>) => order as unknown as Order;

async function lookAt(client: Client, order: z.infer<typeof orderShape>) {
  return understood(orderShape, await client.getOrder(asOrder(order)));
}

interface Authorizing {
  host: string;
  answerer: Answerer;
  signal: AbortSignal;
}

/** Shows the authority that the host is ours, unless it knows that already. */
async function authorize(client: Client, place: string, { host, answerer, signal }: Authorizing): Promise<void> {
  const look = async () => {
    const [authorization] = await client.getAuthorizations({ authorizations: [place] } as Order);
    return understood(authorizationShape, authorization);
  };
  const { status, challenges } = await look();
  if (status === 'valid') return;
  const found = challenges.find(({ type }) => type === answerer.type);
  if (!found?.token)
    throw new CertificateError(
      'unintelligible',
      `For ${host} it takes no ${answerer.type}, which is what can be shown.`,
    );
  const { token } = found;
  const challenge = found as unknown as Challenge;
  const answer = await client.getChallengeKeyAuthorization(challenge);
  try {
    await answerer.show(host, token, answer).catch((cause: unknown) => {
      throw new CertificateError('unproven', cause instanceof Error ? cause.message : String(cause), { cause });
    });
    if (found.status === 'pending') await client.completeChallenge(challenge);
    await decided(look, ['pending'], signal);
  } catch (error) {
    // What failed first is what counts.
    await answerer.hide(host, token, answer).catch(() => undefined);
    throw withoutToken(error, [answer, token]);
  }
  await answerer.hide(host, token, answer);
}

interface Decision {
  status: string;
  error?: z.infer<typeof problem> | undefined;
  challenges?: z.infer<typeof challengeShape>[];
}

/** Looks again and again until the status is another than these. @throws CertificateError when it is one that ends the order */
async function decided<State extends Decision>(look: () => Promise<State>, open: string[], signal: AbortSignal) {
  for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
    const state = await look();
    if (['valid', 'ready'].includes(state.status) && !open.includes(state.status)) return state;
    if (!open.includes(state.status)) throw failureOf(state);
    await delay(pause, undefined, { signal }).catch((cause: unknown) => {
      throw new CertificateError('undecided', 'It has not decided in the time that an order has.', { cause });
    });
  }
}

function failureOf({ status, error, challenges = [] }: Decision): CertificateError {
  const told = error ?? challenges.find((challenge) => challenge.error)?.error;
  return told ? errorOf(told) : new CertificateError('unauthorized', `It says only: ${status}.`);
}

/** Authorities quote what they found, and what they wanted to find. */
function withoutToken(error: unknown, secrets: string[]): unknown {
  if (!(error instanceof CertificateError)) return error;
  const detail = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), error.message);
  return new CertificateError(error.code, detail, { retryAfter: error.retryAfter, cause: error.cause });
}

/** @throws CertificateError when it is no certificate, or another's */
function checked(chain: unknown, { host, key }: { host: string; key: string }): Issued {
  const parts =
    typeof chain === 'string' ? (chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []) : [];
  const refuse = (why: string) => new CertificateError('unintelligible', `What it issued ${why}.`);
  let certificates: X509Certificate[];
  try {
    certificates = parts.map((part) => new X509Certificate(part));
  } catch {
    throw refuse('cannot be read');
  }
  const [own] = certificates;
  if (!own) throw refuse('is no certificate');
  if (!own.checkPrivateKey(createPrivateKey(key))) throw refuse('is for another key');
  if (!own.checkHost(host.replace('*', 'any'))) throw refuse(`is not for ${host}`);
  if (own.validToDate <= new Date()) throw refuse('has lapsed');
  return { chain: `${parts.join('\n')}\n`, key, notBefore: own.validFromDate, notAfter: own.validToDate };
}
