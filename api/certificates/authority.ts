import { generateKeyPairSync } from 'node:crypto';
import { Agent } from 'node:https';
import { Client } from 'acme-client';
import { withCalls } from './acme-http.ts';
import { CertificateError } from './errors.ts';
import { type Answerer, type Issued, orderCertificate } from './order.ts';

/** For an order, of all that it takes. */
export const orderSeconds = 180;

/** Whom certificates are asked of. */
export interface Authority {
  /** URL of its directory, RFC 8555, section 7.1.1. */
  directory: string;
  /** Whom it may write to; null for nobody. */
  email: string | null;
  /** PEM of who vouches for the directory; null for those whom Node trusts. */
  ca: string | null;
  /** What binds our account to one that the operator has there (RFC 8555, section 7.3.4); null where none is asked for. */
  binding: { kid: string; hmacKey: string } | null;
}

/** Our account there. */
export interface Account {
  /** PEM of the private key. */
  key: string;
  /** Null until it is known to the authority. */
  url: string | null;
}

/** PEM of a private key for a new account. */
export function newAccountKey(): string {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

/**
 * Has the authority certify a host, in `orderSeconds` at most. The operator has agreed to its terms (`ACME_TERMS_AGREED`).
 * @param options.onAccount told the account's URL when the authority did not know it before
 * @throws CertificateError with the authority's words
 */
export async function obtain(
  { directory, email, ca, binding }: Authority,
  options: {
    account: Account;
    host: string;
    answerer: Answerer;
    signal: AbortSignal;
    onAccount: (url: string) => Promise<void>;
  },
): Promise<Issued> {
  const { account, host, answerer, onAccount } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(orderSeconds * 1_000)]);
  const agent = new Agent({ keepAlive: true, ...(ca !== null && { ca }) });
  try {
    return await withCalls({ agent, signal }, async () => {
      const known = account.url !== null && { accountUrl: account.url };
      const bound = binding !== null && { externalAccountBinding: binding };
      const client = new Client({ directoryUrl: directory, accountKey: account.key, ...known, ...bound });
      if (!known) {
        const contact = email === null ? [] : [`mailto:${email}`];
        await client.createAccount({ termsOfServiceAgreed: true, contact }).catch(refuseAccount);
        await onAccount(client.getAccountUrl());
      }
      return orderCertificate(client, { host, answerer, signal });
    });
  } catch (error) {
    if (error instanceof CertificateError || !(error instanceof Error)) throw error;
    throw new CertificateError('unintelligible', error.message, { cause: error });
  } finally {
    agent.destroy();
  }
}

/** Without an account no host gets anything, whatever the problem is called. */
function refuseAccount(error: unknown): never {
  if (!(error instanceof CertificateError) || error.isOfAuthority) throw error;
  throw new CertificateError('accountRefused', error.message, { retryAfter: error.retryAfter, cause: error });
}
