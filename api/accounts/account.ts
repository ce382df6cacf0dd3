import { Op } from 'sequelize';
import { brokenConstraint } from '../stores/constraints.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { audit, type Actor, type UserActor } from '../audit.ts';
import { holdLock } from '../stores/locks.ts';
import { emptyAccount } from '../stores/queries/accounts.ts';
import { firstFreeSiteName, giveUpSiteName, mostKeptSiteNames, nextGivingUp } from '../stores/queries/site-names.ts';
import { AccountTakenError, AppError, UnauthenticatedError } from '../errors.ts';
import type { AuditAction } from '../models/audit-event.ts';
import type { Operation } from '../models/operation.ts';
import type { Session } from '../models/session.ts';
import type { User } from '../models/user.ts';
import { suggestSiteNames } from './site-name-rules.ts';
import { inOperationTransaction } from '../operations/enqueue.ts';
import { beginDelete } from '../operations/hosting.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { lockUnchanged } from './lock.ts';
import { assertNotLastOperator } from './operators.ts';

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
export async function register(database: Database, registration: Registration): Promise<User> {
  await assertNotTaken(database, registration);
  return insertUser(database, registration, await hashPassword(registration.password));
}

async function insertUser(database: Database, registration: Registration, passwordHash: string): Promise<User> {
  const { email, username, actor } = registration;
  try {
    return await database.transaction(async (transaction) => {
      const siteName = await chooseSiteName(database, registration, transaction);
      const row = { email, username, passwordHash, ...(siteName && { siteName }) };
      const user = await database.models.User.create(row, { transaction });
      const { id: userId } = user;
      const known = { ...actor, userId };
      await audit(database, { actor: known, action: 'register', object: `account ${userId}`, transaction });
      return user;
    });
  } catch (error) {
    const constraint = brokenConstraint(error);
    // Another request took it after we had looked.
    if (constraint === 'users_email') throw new AccountTakenError(['email']);
    // The name that the database made of the id looks like another's, of before such were reserved. The id is used up: the
    // next try has the next one.
    if (constraint === 'users_site_name') return insertUser(database, registration, passwordHash);
    throw error;
  }
}

/** A look before the password is hashed, which takes long. */
async function assertNotTaken(database: Database, { email, siteName }: Registration): Promise<void> {
  const [emailTaken, free] = await Promise.all([
    database.models.User.count({ where: { email } }),
    siteName ? firstFreeSiteName(database, [siteName]) : true,
  ]);
  const fields = [...(emailTaken ? ['email'] : []), ...(free ? [] : ['site_name'])];
  if (fields.length > 0) throw new AccountTakenError(fields);
}

/** The name that is asked for, or one made from username or email; null where the database has to make one of the id. */
async function chooseSiteName(
  database: Database,
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

/** Changes what a user is called, and their site name. @throws AccountTakenError; AppError `TOO_MANY_SITE_NAMES` */
export async function changeNames(database: Database, options: NameChange): Promise<User> {
  const { actor, username, siteName } = options;
  return database.transaction(async (transaction) => {
    const lock = transaction.LOCK.NO_KEY_UPDATE;
    const user = await database.models.User.findByPk(options.user.id, { transaction, lock });
    if (!user) throw new UnauthenticatedError();
    if (siteName && siteName !== user.siteName) await takeSiteName(database, { user, siteName }, transaction);
    if (username) user.username = username;
    if (!user.changed()) return user;
    await user.save({ transaction });
    await audit(database, { actor, action: 'change_names', object: `account ${user.id}`, transaction });
    return user;
  });
}

async function takeSiteName(
  database: Database,
  { user, siteName }: { user: User; siteName: string },
  transaction: Transaction,
): Promise<void> {
  await holdLock(database, 'siteNames', transaction);
  if (!(await firstFreeSiteName(database, [siteName], { userId: user.id, transaction })))
    throw new AccountTakenError(['site_name']);
  const possibleAt = await nextGivingUp(database, { userId: user.id, wished: siteName, transaction });
  if (possibleAt) {
    const retryAfter = Math.ceil((possibleAt.getTime() - Date.now()) / 1_000);
    const details = { maximum: mostKeptSiteNames, possible_at: possibleAt.toISOString() };
    throw new AppError('TOO_MANY_SITE_NAMES', { details, retryAfter });
  }
  await giveUpSiteName(database, { userId: user.id, wished: siteName }, transaction);
  user.siteName = siteName;
}

/**
 * The user that an email and a password belong to. Does the same for an email that nobody has, so that the time it takes
 * tells nothing.
 * @throws AppError `WRONG_CREDENTIALS`; `ACCOUNT_SUSPENDED`, for whoever knows the password
 */
export async function findUserByCredentials(
  database: Database,
  { email, password, actor }: { email: string; password: string; actor: Actor },
): Promise<User> {
  const user = await database.models.User.findOne({ where: { email: email.toLowerCase() } });
  const matches = await verifyPassword(password, user?.passwordHash ?? null);
  if (user && matches && !user.suspendedAt) return user;
  const reason = user?.suspensionReason ?? null;
  const error = matches
    ? new AppError('ACCOUNT_SUSPENDED', { details: { reason } })
    : new AppError('WRONG_CREDENTIALS');
  await audit(database, { actor, action: 'login', object: user && `account ${user.id}`, outcome: error.code });
  throw error;
}

export interface ChangeOptions {
  user: User;
  /** The session of the request, the only one that is not ended. */
  session: Pick<Session, 'id'>;
  actor: UserActor;
  currentPassword: string;
  newPassword: string;
}

/** Changes a password, and ends all other sessions of its user. @throws AppError `WRONG_PASSWORD` */
export async function changePassword(database: Database, options: ChangeOptions): Promise<void> {
  const { user, session, actor, currentPassword, newPassword } = options;
  await confirm(database, { user, password: currentPassword, actor, action: 'change_password' });
  const passwordHash = await hashPassword(newPassword);
  await database.transaction(async (transaction) => {
    if (!(await lockUnchanged(database, user, transaction))) throw new AppError('WRONG_PASSWORD');
    await user.update({ passwordHash }, { transaction });
    await database.models.Session.destroy({ where: { userId: user.id, id: { [Op.ne]: session.id } }, transaction });
    await audit(database, { actor, action: 'change_password', object: `account ${user.id}`, transaction });
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
export async function deleteAccount(database: Database, options: DeleteOptions): Promise<Operation | null> {
  const { user, actor, password } = options;
  await confirm(database, { user, password, actor, action: 'delete_account' });
  return inOperationTransaction(database, async (transaction) => {
    await holdLock(database, 'operators', transaction);
    if (!(await lockUnchanged(database, user, transaction))) throw new AppError('WRONG_PASSWORD');
    await assertNotLastOperator(database, user.id, transaction);
    const { Domain, Hosting, Session } = database.models;
    const hosting = await Hosting.findByPk(user.id, { transaction, lock: true });
    const operation = hosting && (await beginDelete(database, hosting, actor, transaction));
    await Session.destroy({ where: { userId: user.id }, transaction });
    await Domain.destroy({ where: { userId: user.id }, transaction });
    await holdLock(database, 'siteNames', transaction);
    await giveUpSiteName(database, { userId: user.id }, transaction);
    await emptyAccount(database, user.id, transaction);
    await audit(database, { actor, action: 'delete_account', object: `account ${user.id}`, transaction });
    return operation;
  });
}

/** Asks for the password again, as a token may be in the wrong hands. @throws AppError `WRONG_PASSWORD` */
async function confirm(
  database: Database,
  asked: { user: User; password: string; actor: UserActor; action: AuditAction },
): Promise<void> {
  const { user, password, actor, action } = asked;
  if (await verifyPassword(password, user.passwordHash)) return;
  const error = new AppError('WRONG_PASSWORD');
  await audit(database, { actor, action, object: `account ${user.id}`, outcome: error.code });
  throw error;
}
