import { randomUUID } from 'node:crypto';
import { Op } from 'sequelize';
import type { Database, Transaction } from '../stores/database.ts';
import { audit, type Actor, type UserActor } from '../audit.ts';
import type { ApiConfig } from '../config/config.ts';
import type { ErrorCode } from '../error-catalogue.ts';
import { AppError } from '../errors.ts';
import type { Session } from '../models/session.ts';
import type { User } from '../models/user.ts';
import type { BearerSession } from '../stores/queries/sessions.ts';
import { isRefreshToken, makeRefreshToken, sessionOfRefreshToken } from './tokens.ts';
import { lockUnchanged } from './lock.ts';

export { findBearer, findOwner } from '../stores/queries/sessions.ts';

/** More than anybody has devices; the one that was not used for longest makes room. */
const maximumSessions = 50;

/** Milliseconds between two notes of a session's use: open pages ask often, and the minute is enough. */
const usePrecision = 60_000;

/** A session with the refresh token that its user is told, once. */
export interface OpenSession {
  session: Session;
  refreshToken: string;
}

interface Lifetimes {
  /** How long a session goes on without being refreshed. */
  lifetimeSeconds: number;
  /** The same where its user does not stay logged in. */
  shortSeconds: number;
  /** How long it goes on at most, however often it is refreshed. */
  totalSeconds: number;
}

/** How long sessions go on. */
export function lifetimesOf(config: ApiConfig): Lifetimes {
  return {
    lifetimeSeconds: config.REFRESH_LIFETIME_SECONDS,
    shortSeconds: config.SHORT_LIFETIME_SECONDS,
    totalSeconds: config.SESSION_LIFETIME_SECONDS,
  };
}

export interface OpenOptions extends Lifetimes {
  user: User;
  actor: Actor;
  /** Whether the user stays logged in there. */
  stays?: boolean;
}

/**
 * Opens a session for a user whose password was verified.
 * @throws AppError `WRONG_CREDENTIALS` when the password was changed, or the account deleted, since `user` was read
 */
export function openSession(database: Database, options: OpenOptions): Promise<OpenSession> {
  const { user, actor, stays = true } = options;
  return database.transaction(async (transaction) => {
    if (!(await lockUnchanged(database, user, transaction))) throw new AppError('WRONG_CREDENTIALS');
    await makeRoom(database, user.id, transaction);
    const id = randomUUID();
    const { token, hash } = makeRefreshToken(id);
    const life = lifeFromNow(options, { stays, createdAt: new Date() });
    const session = await database.models.Session.create(
      { id, userId: user.id, refreshHash: hash, stays, clientAddress: actor.address, ...life },
      { transaction },
    );
    const known = { ...actor, userId: user.id };
    await audit(database, { actor: known, action: 'login', object: nameOf(session), transaction });
    return { session, refreshToken: token };
  });
}

export interface RefreshOptions extends Lifetimes {
  refreshToken: string;
  actor: Actor;
}

/**
 * Exchanges a refresh token for the next one. One that was exchanged before, or is wrong otherwise, ends its session: two
 * parties have its tokens, and one of them is a thief (RFC 9700, 4.14.2).
 * @throws AppError `REFRESH_REFUSED`
 */
export async function refreshSession(database: Database, options: RefreshOptions): Promise<OpenSession> {
  const { refreshToken, actor, totalSeconds } = options;
  const id = sessionOfRefreshToken(refreshToken);
  if (!id) throw new AppError('REFRESH_REFUSED');
  // The end of a session must be written though the request is refused: the transaction does not throw for that.
  const refreshed = await database.transaction(async (transaction) => {
    const createdAt = { [Op.gt]: new Date(Date.now() - totalSeconds * 1_000) };
    const where = { id, createdAt, expiresAt: { [Op.gt]: new Date() } };
    const session = await database.models.Session.findOne({ where, transaction, lock: true });
    if (!session) return null;
    const { userId } = session;
    if (!isRefreshToken(refreshToken, session.refreshHash)) {
      await session.destroy({ transaction });
      const outcome: ErrorCode = 'REFRESH_REFUSED';
      await audit(database, { actor, action: 'refresh', object: `account ${userId}`, outcome, transaction });
      return null;
    }
    const { token, hash } = makeRefreshToken(session.id);
    await session.update({ refreshHash: hash, ...lifeFromNow(options, session) }, { transaction });
    return { session, refreshToken: token };
  });
  if (!refreshed) throw new AppError('REFRESH_REFUSED');
  return refreshed;
}

/**
 * The session that a refresh token belongs to, while it goes on; the token stays good. For pages, which know their visitor by
 * a cookie: two tabs that exchanged it at once would end the session.
 */
export async function findSession(database: Database, refreshToken: string): Promise<Session | null> {
  const id = sessionOfRefreshToken(refreshToken);
  const session = id && (await database.models.Session.findOne({ where: { id, expiresAt: { [Op.gt]: new Date() } } }));
  if (!session || !isRefreshToken(refreshToken, session.refreshHash)) return null;
  const now = Date.now();
  if (session.lastUsedAt.getTime() < now - usePrecision) await session.update({ lastUsedAt: new Date(now) });
  return session;
}

/** Ends one session: its tokens open nothing any more. */
export function endSession(database: Database, session: BearerSession, actor: UserActor): Promise<void> {
  return database.transaction(async (transaction) => {
    await session.destroy({ transaction });
    await audit(database, { actor, action: 'logout', object: nameOf(session), transaction });
  });
}

/** Ends all sessions of a user. */
export function endAllSessions(database: Database, actor: UserActor): Promise<void> {
  return database.transaction(async (transaction) => {
    // A log-in at this moment waits for this lock, and so its session is not ended.
    await database.models.User.findByPk(actor.userId, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });
    await database.models.Session.destroy({ where: { userId: actor.userId }, transaction });
    await audit(database, { actor, action: 'logout_everywhere', object: `account ${actor.userId}`, transaction });
  });
}

/** Removes a user's expired sessions, and those used longest ago where a new one would be too many. */
async function makeRoom(database: Database, userId: number, transaction: Transaction): Promise<void> {
  const { Session } = database.models;
  await Session.destroy({ where: { userId, expiresAt: { [Op.lte]: new Date() } }, transaction });
  const order = [['lastUsedAt', 'DESC']] as [string, string][];
  const surplus = await Session.findAll({ where: { userId }, order, offset: maximumSessions - 1, transaction });
  await Session.destroy({ where: { id: surplus.map(({ id }) => id) }, transaction });
}

function lifeFromNow(
  { lifetimeSeconds, shortSeconds, totalSeconds }: Lifetimes,
  { stays, createdAt }: Pick<Session, 'stays' | 'createdAt'>,
): { lastUsedAt: Date; expiresAt: Date } {
  const now = Date.now();
  const unused = stays ? lifetimeSeconds : Math.min(lifetimeSeconds, shortSeconds);
  const end = Math.min(now + unused * 1_000, createdAt.getTime() + totalSeconds * 1_000);
  return { lastUsedAt: new Date(now), expiresAt: new Date(end) };
}

function nameOf({ id }: Pick<Session, 'id'>): string {
  return `session ${id}`;
}
