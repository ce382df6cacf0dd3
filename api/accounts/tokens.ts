import { createHash, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { UnauthenticatedError } from '../errors.ts';

/** The one algorithm that is signed with and accepted: a token must not choose for itself (RFC 8725, 3.1). */
const tokenAlgorithm = 'HS256';

/** Tells the tokens of one installation from those of another, even where both have the same secret. */
export interface TokenRules {
  /** As a key: of text one would be made for each look at a token. */
  secret: KeyObject;
  issuer: string;
  audience: string;
}

/** An installation is its public address; its tokens are for its API, and no other service of that host. */
export function tokenRules({ JWT_SECRET, PUBLIC_URL }: { JWT_SECRET: string; PUBLIC_URL: string }): TokenRules {
  const secret = createSecretKey(JWT_SECRET, 'utf8');
  return { secret, issuer: new URL(PUBLIC_URL).href, audience: new URL('/api', PUBLIC_URL).href };
}

/** What an access token says: whose it is, and of which session. */
export interface TokenBearer {
  userId: number;
  sessionId: string;
}

/** A token that says who its bearer is, for as long as the session is there. */
export function issueToken(
  { secret, ...place }: TokenRules,
  { userId, sessionId }: TokenBearer,
  lifetimeSeconds: number,
): string {
  const options = { ...place, subject: String(userId), expiresIn: lifetimeSeconds };
  return jwt.sign({ sid: sessionId }, secret, { ...options, algorithm: tokenAlgorithm });
}

const claims = z.object({ sub: z.string().regex(/^[1-9]\d{0,7}$/), sid: z.uuid() });

/** What an access token says. @throws UnauthenticatedError unless it is one of this installation's, and valid now */
export function readToken({ secret, ...place }: TokenRules, token: string): TokenBearer {
  try {
    const payload = jwt.verify(token, secret, { ...place, algorithms: [tokenAlgorithm] });
    const { sub, sid } = claims.parse(payload);
    return { userId: Number(sub), sessionId: sid };
  } catch (error) {
    throw new UnauthenticatedError(error);
  }
}

export interface RefreshToken {
  token: string;
  /** What is kept of it. */
  hash: string;
}

/** A refresh token: the session that it belongs to, and 256 random bits. */
export function makeRefreshToken(sessionId: string): RefreshToken {
  const token = `${sessionId}.${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashRefreshToken(token) };
}

/** The session that a refresh token says it belongs to; null when it is none of ours. */
export function sessionOfRefreshToken(token: string): string | null {
  const { success, data } = z.uuid().safeParse(token.split('.')[0]);
  return success ? data : null;
}

/** Whether this is the refresh token of which the hash was kept; takes the same time wherever they differ. */
export function isRefreshToken(token: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashRefreshToken(token)), Buffer.from(hash));
}

/** A digest is enough: unlike a password, the token cannot be guessed. */
function hashRefreshToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A device that people have logged in on. Its token opens nothing; wrong passwords on it are counted apart. */
export interface Device {
  id: string;
  /** Whose accounts it has logged in to, the latest first. */
  userIds: number[];
}

const deviceLifetime = '365d';
const deviceClaims = z.object({ device: z.uuid(), users: z.array(z.int()).min(1) });

/** The audience of device tokens: they are refused wherever an access token is asked for. */
const forDevices = ({ issuer }: TokenRules) => ({ issuer, audience: new URL('/login', issuer).href });

/** A token by which a device is known again. */
export function issueDeviceToken(rules: TokenRules, { id, userIds }: Device): string {
  const options = { ...forDevices(rules), expiresIn: deviceLifetime, algorithm: tokenAlgorithm } as const;
  return jwt.sign({ device: id, users: userIds }, rules.secret, options);
}

/** The device that a token names; null when it is none of ours, or old. */
export function readDeviceToken(rules: TokenRules, token: string): Device | null {
  try {
    const payload = jwt.verify(token, rules.secret, { ...forDevices(rules), algorithms: [tokenAlgorithm] });
    const { device: id, users: userIds } = deviceClaims.parse(payload);
    return { id, userIds };
  } catch {
    return null;
  }
}
