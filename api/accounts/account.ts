import { Op, type Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import { audit, type Actor, type UserActor } from '../audit.ts';
import { holdLock } from '../stores/locks.ts';
import { AccountTakenError, AppError, UnauthenticatedError } from '../errors.ts';
import type { AuditAction } from '../models/audit-event.ts';
import { Hosting } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { Session } from '../models/session.ts';
import { User } from '../models/user.ts';
import { suggestSiteNames } from './site-name-rules.ts';
import { inOperationTransaction } from '../operations/enqueue.ts';
import { beginDelete } from '../operations/hosting.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { lockUnchanged } from './lock.ts';
import { assertNotLastOperator } from './operators.ts';
import { firstFreeSiteName, giveUpSiteName } from './site-names.ts';

export interface Registration {
  /** Lower case. */
  email: string;
  username: string;
  /** Made from the others where it is not given. */
  siteName?: string | undefined;
  password: string;
  actor: Actor;
}

/** Makes an account. @throws AccountTakenError */
export async function register(database: Sequelize, registration: Registration): Promise<User> {
  const { email, username, password, actor } = registration;
  await assertNotTaken(database, registration);
  const passwordHash = await hashPassword(password);
  try {
    return await database.transaction(async (transaction) => {
      const siteName = await chooseSiteName(database, registration, transaction);
      const row = { email, username, passwordHash, ...(siteName && { siteName }) };
      const user = await User.create(row, { transaction });
      const { id: userId } = user;
      await audit({ actor: { ...actor, userId }, action: 'register', object: `account ${userId}`, transaction });
      return user;
    });
  } catch (error) {
    // Another request took it after we had looked.
    if (error instanceof UniqueConstraintError) throw new AccountTakenError(['email']);
    throw error;
  }
}

/** A look before the password is hashed, which takes long. */
async function assertNotTaken(database: Sequelize, { email, siteName }: Registration): Promise<void> {
  const [emailTaken, free] = await Promise.all([
    User.count({ where: { email } }),
    siteName ? firstFreeSiteName(database, [siteName]) : true,
  ]);
  const fields = [...(emailTaken ? ['email'] : []), ...(free ? [] : ['site_name'])];
  if (fields.length > 0) throw new AccountTakenError(fields);
}

/** The name that is asked for, or one made from username or email; null where the database has to make one of the id. */
async function chooseSiteName(
  database: Sequelize,
  { siteName, username, email }: Registration,
  transaction: Transaction,
): Promise<string | null> {
  await holdLock(database, 'siteNames', transaction);
  const [localPart = ''] = email.split('@');
  const wished = siteName ? [siteName] : suggestSiteNames(username, localPart);
  const free = await firstFreeSiteName(database, wished, { transaction });
  if (siteName && !free) throw new AccountTakenError(['site_name']);
  return free;
}

export interface NameChange {
  user: User;
  actor: UserActor;
  username?: string | undefined;
  siteName?: string | undefined;
}

/** Changes what a user is called, and their site name. @throws AccountTakenError */
export async function changeNames(database: Sequelize, options: NameChange): Promise<User> {
  const { actor, username, siteName } = options;
  return database.transaction(async (transaction) => {
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    const user = await User.findByPk(options.user.id, { transaction, lock });
    if (!user) throw new UnauthenticatedError();
    if (siteName && siteName !== user.siteName) await takeSiteName(database, { user, siteName }, transaction);
    if (username) user.username = username;
    if (!user.changed()) return user;
    await user.save({ transaction });
    await audit({ actor, action: 'change_names', object: `account ${user.id}`, transaction });
    return user;
  });
}

async function takeSiteName(
  database: Sequelize,
  { user, siteName }: { user: User; siteName: string },
  transaction: Transaction,
): Promise<void> {
  await holdLock(database, 'siteNames', transaction);
  if (!(await firstFreeSiteName(database, [siteName], { userId: user.id, transaction })))
    throw new AccountTakenError(['site_name']);
  await giveUpSiteName(database, user.id, transaction);
  user.siteName = siteName;
}

/**
 * The user that an email and a password belong to. Does the same for an email that nobody has, so that the time it takes
 * tells nothing.
 * @throws AppError `WRONG_CREDENTIALS`; `ACCOUNT_SUSPENDED`, for whoever knows the password
 */
export async function findUserByCredentials(email: string, password: string, actor: Actor): Promise<User> {
  const user = await User.findOne({ where: { email: email.toLowerCase() } });
  const matches = await verifyPassword(password, user?.passwordHash ?? null);
  if (user && matches && !user.suspendedAt) return user;
  const reason = user?.suspensionReason ?? null;
  const error = matches
    ? new AppError('ACCOUNT_SUSPENDED', { details: { reason } })
    : new AppError('WRONG_CREDENTIALS');
  await audit({ actor, action: 'login', object: user && `account ${user.id}`, outcome: error.code });
  throw error;
}

export interface ChangeOptions {
  user: User;
  /** The session of the request, the only one that is not ended. */
  session: Session;
  actor: UserActor;
  currentPassword: string;
  newPassword: string;
}

/** Changes a password, and ends all other sessions of its user. @throws AppError `WRONG_PASSWORD` */
export async function changePassword(database: Sequelize, options: ChangeOptions): Promise<void> {
  const { user, session, actor, currentPassword, newPassword } = options;
  await confirm({ user, password: currentPassword, actor, action: 'change_password' });
  const passwordHash = await hashPassword(newPassword);
  await database.transaction(async (transaction) => {
    if (!(await lockUnchanged(user, transaction))) throw new AppError('WRONG_PASSWORD');
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
 * @throws HostingBusyError; AppError `WRONG_PASSWORD`; `LAST_OPERATOR` for the only operator
 */
export async function deleteAccount(database: Sequelize, options: DeleteOptions): Promise<Operation | null> {
  const { user, actor, password } = options;
  await confirm({ user, password, actor, action: 'delete_account' });
  return inOperationTransaction(database, async (transaction) => {
    await holdLock(database, 'operators', transaction);
    if (!(await lockUnchanged(user, transaction))) throw new AppError('WRONG_PASSWORD');
    await assertNotLastOperator(user.id, transaction);
    const hosting = await Hosting.findByPk(user.id, { transaction, lock: true });
    const operation = hosting && (await beginDelete(hosting, actor, transaction));
    await Session.destroy({ where: { userId: user.id }, transaction });
    await holdLock(database, 'siteNames', transaction);
    await giveUpSiteName(database, user.id, transaction);
    await database.query(
      `UPDATE users SET deleted_at = now(), email = NULL, username = NULL, site_name = NULL, password_hash = NULL
       WHERE id = $1`,
      { bind: [user.id], transaction },
    );
    await audit({ actor, action: 'delete_account', object: `account ${user.id}`, transaction });
    return operation;
  });
}

/** Asks for the password again, as a token may be in the wrong hands. @throws AppError `WRONG_PASSWORD` */
async function confirm(asked: { user: User; password: string; actor: UserActor; action: AuditAction }): Promise<void> {
  const { user, password, actor, action } = asked;
  if (await verifyPassword(password, user.passwordHash)) return;
  const error = new AppError('WRONG_PASSWORD');
  await audit({ actor, action, object: `account ${user.id}`, outcome: error.code });
  throw error;
}
