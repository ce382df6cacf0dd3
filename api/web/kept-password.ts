// The one-time password of a machine, for as long as its user has not said that they have it. Their own browser keeps it, in
// a cookie that only we can read; the server keeps it nowhere.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { clearKeptPassword, readKeptPassword, setKeptPassword } from './cookies.ts';
import type { Visit } from './visit.ts';

/** A password, and the operation that gave it to the machine: a later one takes its place. */
export interface KeptPassword {
  operation: string;
  password: string;
}

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

/** Has the visitor's browser keep a password: until it is closed, or, where they stay logged in, as long as a session may go without use. */
export function keepPassword(visit: Visit, kept: KeptPassword): void {
  const { key, data } = sealOf(visit);
  const iv = randomBytes(ivLength);
  const cipher = createCipheriv(algorithm, key, iv).setAAD(data);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(kept)), cipher.final()]);
  const value = Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  const { REFRESH_LIFETIME_SECONDS: lifetime } = visit.web.services.config;
  setKeptPassword(visit.ctx, value, visit.session?.stays ? lifetime : null);
}

/** What the visitor's browser keeps; null for none, or one of another user. */
export function findKeptPassword(visit: Visit): KeptPassword | null {
  const value = Buffer.from(readKeptPassword(visit.ctx) ?? '', 'base64url');
  if (value.length <= ivLength + tagLength || !visit.session) return null;
  const { key, data } = sealOf(visit);
  try {
    const decipher = createDecipheriv(algorithm, key, value.subarray(0, ivLength), { authTagLength: tagLength });
    decipher.setAAD(data).setAuthTag(value.subarray(ivLength, ivLength + tagLength));
    const plain = Buffer.concat([decipher.update(value.subarray(ivLength + tagLength)), decipher.final()]);
    return JSON.parse(plain.toString()) as KeptPassword;
  } catch {
    // Sealed for another user, or not by us: as good as none.
    return null;
  }
}

/** Takes it away from the visitor's browser. */
export function forgetPassword({ ctx }: Visit): void {
  if (readKeptPassword(ctx) !== undefined) clearKeptPassword(ctx);
}

/** What seals a password: the cookie opens only for whoever is logged in as its user. */
function sealOf({ web, session }: Visit): { key: Buffer; data: Buffer } {
  const { JWT_SECRET: secret } = web.services.config;
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'webhoster: a password that a browser keeps', 32));
  return { key, data: Buffer.from(String(session?.userId)) };
}
