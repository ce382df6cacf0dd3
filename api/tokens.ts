import jwt from 'jsonwebtoken';

/** The one algorithm that is signed with and accepted: a token must not choose for itself (RFC 8725, 3.1). */
export const tokenAlgorithm = 'HS256';

export interface TokenSettings {
  secret: string;
  lifetimeSeconds: number;
}

/** A token that says who its bearer is. */
export function issueToken({ secret, lifetimeSeconds }: TokenSettings, userId: number): string {
  return jwt.sign({}, secret, { algorithm: tokenAlgorithm, subject: String(userId), expiresIn: lifetimeSeconds });
}
