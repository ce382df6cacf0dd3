import { col, fn, Op, type Sequelize, UniqueConstraintError, where } from 'sequelize';
import { audit, type Actor, type UserActor } from '../audit.ts';
import { AccountSuspendedError, AccountTakenError, WrongCredentialsError, WrongPasswordError } from '../errors.ts';
import type { AuditAction } from '../models/audit-event.ts';
import { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { Session } from '../models/session.ts';
import { User } from '../models/user.ts';
import { asOneOperation } from '../operations/enqueue.ts';
import { beginDelete } from '../operations/host.ts';
import { hashPassword, verifyPassword } from '../passwords.ts';
import { lockUnchanged } from './lock.ts';
import { lockOperators, refuseLastOperator } from './operators.ts';

export interface Registration {
  /** Lower case. */
  email: string;
  username: string;
  password: string;
  actor: Actor;
}

/** Makes an account. @throws AccountTakenError */
export async function register(database: Sequelize, registration: Registration): Promise<User> {
  const { email, username, password, actor } = registration;
  await refuseTaken(email, username);
  const passwordHash = await hashPassword(password);
  try {
    return await database.transaction(async (transaction) => {
      const user = await User.create({ email, username, passwordHash }, { transaction });
      const { id: userId } = user;
      await audit({ actor: { ...actor, userId }, action: 'register', object: `account ${userId}`, transaction });
      return user;
    });
  } catch (error) {
    // Another request was faster between the look and the insertion.
    if (error instanceof UniqueConstraintError) throw new AccountTakenError(['email', 'username']);
    throw error;
  }
}

async function refuseTaken(email: string, username: string): Promise<void> {
  const sameName = where(fn('lower', col('username')), username.toLowerCase());
  const [emailTaken, nameTaken] = await Promise.all([
    User.count({ where: { email } }),
    User.count({ where: sameName }),
  ]);
  const fields = [...(emailTaken ? ['email'] : []), ...(nameTaken ? ['username'] : [])];
  if (fields.length > 0) throw new AccountTakenError(fields);
}

/**
 * The user that an email and a password belong to. Does the same for an email that nobody has, so that the time it takes
 * tells nothing.
 * @throws WrongCredentialsError; AccountSuspendedError, for whoever knows the password
 */
export async function findByPassword(email: string, password: string, actor: Actor): Promise<User> {
  const user = await User.findOne({ where: { email: email.toLowerCase() } });
  const matches = await verifyPassword(password, user?.passwordHash ?? null);
  if (user && matches && !user.suspendedAt) return user;
  const reason = user?.suspensionReason ?? null;
  const error = matches ? new AccountSuspendedError(reason) : new WrongCredentialsError();
  await audit({ actor, action: 'login', object: user && `account ${user.id}`, outcome: error.code });
  throw error;
}

export interface ChangeOptions {
  user: User;
  /** Of the request; it goes on. */
  session: Session;
  actor: UserActor;
  currentPassword: string;
  newPassword: string;
}

/** Changes a password, and ends all other sessions of its user. @throws WrongPasswordError */
export async function changePassword(database: Sequelize, options: ChangeOptions): Promise<void> {
  const { user, session, actor, currentPassword, newPassword } = options;
  await confirm({ user, password: currentPassword, actor, action: 'change_password' });
  const passwordHash = await hashPassword(newPassword);
  await database.transaction(async (transaction) => {
    if (!(await lockUnchanged(user, transaction))) throw new WrongPasswordError();
    await user.update({ passwordHash }, { transaction });
    await Session.destroy({ where: { userId: user.id, id: { [Op.ne]: session.id } }, transaction });
    await audit({ actor, action: 'change_password', object: `account ${user.id}`, transaction });
  });
}

export interface DeleteOptions {
  user: User;
  actor: UserActor;
  password: string;
}

/**
 * Deletes an account: ends its sessions, asks for its hosting to be deleted, and empties its row, all in one transaction.
 * @returns the operation that deletes the hosting; null when there is none.
 * @throws WrongPasswordError, HostingBusyError; LastOperatorError for the only operator
 */
export async function deleteAccount(database: Sequelize, options: DeleteOptions): Promise<Operation | null> {
  const { user, actor, password } = options;
  await confirm({ user, password, actor, action: 'delete_account' });
  return asOneOperation(database, async (transaction) => {
    await lockOperators(database, transaction);
    if (!(await lockUnchanged(user, transaction))) throw new WrongPasswordError();
    await refuseLastOperator(user.id, transaction);
    const hosting = await Hosting.findByPk(user.id, { transaction, lock: true });
    const operation = hosting && (await beginDelete(hosting, actor, transaction));
    await Session.destroy({ where: { userId: user.id }, transaction });
    await database.query(
      'UPDATE users SET deleted_at = now(), email = NULL, username = NULL, password_hash = NULL WHERE id = $1',
      { bind: [user.id], transaction },
    );
    await audit({ actor, action: 'delete_account', object: `account ${user.id}`, transaction });
    return operation;
  });
}

/** Asks for the password again, as a token may be in the wrong hands. @throws WrongPasswordError */
async function confirm(asked: { user: User; password: string; actor: UserActor; action: AuditAction }): Promise<void> {
  const { user, password, actor, action } = asked;
  if (await verifyPassword(password, user.passwordHash)) return;
  const error = new WrongPasswordError();
  await audit({ actor, action, object: `account ${user.id}`, outcome: error.code });
  throw error;
}
