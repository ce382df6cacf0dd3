import { Op } from 'sequelize';
import type { Database, Transaction } from '../stores/database.ts';
import { audit, type Actor, type UserActor } from '../audit.ts';
import { holdLock } from '../stores/locks.ts';
import { AppError, NotFoundError } from '../errors.ts';
import type { Operation } from '../models/operation.ts';
import type { Session } from '../models/session.ts';
import type { User, UserRole } from '../models/user.ts';
import { inOperationTransaction } from '../operations/enqueue.ts';
import { followSuspension } from '../operations/suspension.ts';
import { assertNotLastOperator } from './operators.ts';

export interface SuspensionRequest {
  userId: number;
  suspended: boolean;
  /** Shown to the user. Without one, a reason that was given earlier stays. */
  reason?: string | undefined;
  actor: UserActor;
}

/**
 * Suspends a user: ends the sessions, keeps the account shut, and asks for the hosting to be closed; or takes that back.
 * @returns the user, and the operation on the hosting; null where there is none, or another is under way and it follows later
 * @throws NotFoundError; AppError `USER_PROTECTED` for operators
 */
export function setSuspended(
  database: Database,
  { userId, suspended, reason, actor }: SuspensionRequest,
): Promise<{ user: User; operation: Operation | null }> {
  return inOperationTransaction(database, async (transaction) => {
    const user = await lockUser(database, userId, transaction);
    if (user.role === 'operator') throw new AppError('USER_PROTECTED');
    const suspension = suspended
      ? { suspendedAt: user.suspendedAt ?? new Date(), suspensionReason: reason || user.suspensionReason }
      : { suspendedAt: null, suspensionReason: null };
    await user.update(suspension, { transaction });
    if (suspended) await database.models.Session.destroy({ where: { userId }, transaction });
    const action = suspended ? 'suspend_user' : 'resume_user';
    await audit(database, { actor, action, object: `account ${userId}`, transaction });
    return { user, operation: await followSuspension(database, user, actor, transaction) };
  });
}

/**
 * Gives a user another role.
 * @param actor who asks; {@link nobody} on the command line
 * @throws NotFoundError; AppError `USER_PROTECTED` for one's own, and for making an operator of who is suspended; `LAST_OPERATOR`
 */
export function setRole(
  database: Database,
  { userId, role, actor }: { userId: number; role: UserRole; actor: Actor },
): Promise<User> {
  return database.transaction(async (transaction) => {
    await holdLock(database, 'operators', transaction);
    const user = await lockUser(database, userId, transaction);
    if (userId === actor.userId || (user.suspendedAt && role === 'operator')) throw new AppError('USER_PROTECTED');
    if (role === 'user') await assertNotLastOperator(database, userId, transaction);
    await user.update({ role }, { transaction });
    await audit(database, { actor, action: 'set_role', object: `account ${userId}`, transaction });
    return user;
  });
}

/**
 * Ends all sessions of a user, but for the one that asks for it: an operator's own.
 * @throws NotFoundError
 */
export function endSessionsOf(
  database: Database,
  { userId, except, actor }: { userId: number; except: Pick<Session, 'id'>; actor: UserActor },
): Promise<User> {
  return database.transaction(async (transaction) => {
    // A log-in at this moment waits for this lock, and so its session is not ended.
    const user = await lockUser(database, userId, transaction);
    await database.models.Session.destroy({ where: { userId, id: { [Op.ne]: except.id } }, transaction });
    await audit(database, { actor, action: 'end_sessions', object: `account ${userId}`, transaction });
    return user;
  });
}

async function lockUser(database: Database, userId: number, transaction: Transaction): Promise<User> {
  const user = await database.models.User.findByPk(userId, { transaction, lock: transaction.LOCK.NO_KEY_UPDATE });
  if (!user) throw new NotFoundError('USER_NOT_FOUND');
  return user;
}
