import { Op, type Sequelize, type WhereOptions } from 'sequelize';
import { Hosting, type HostingStatus } from '../models/hosting.ts';
import { Operation, type OperationState } from '../models/operation.ts';
import { User } from '../models/user.ts';
import { type DescribedOperation, describeOperations } from '../operations/describe.ts';
import { describePage, type Page, rangeOf } from './page.ts';

export interface ListedUser {
  user: User;
  hostingStatus: HostingStatus | null;
}

/** Users in order of their ids. @param search a part of the email or of a name, in any case */
export async function listUsers(page: number, search = ''): Promise<Page & { users: ListedUser[] }> {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
  const anywhere = { [Op.or]: ['email', 'username', 'siteName'].map((name) => ({ [name]: { [Op.iLike]: pattern } })) };
  const where = search ? anywhere : {};
  const { rows, count } = await User.findAndCountAll({ where, order: [['id', 'ASC']], ...rangeOf(page) });
  const hostings = await Hosting.findAll({ where: { userId: rows.map(({ id }) => id) } });
  const statusOf = new Map(hostings.map(({ userId, status }) => [userId, status]));
  const users = rows.map((user) => ({ user, hostingStatus: statusOf.get(user.id) ?? null }));
  return { users, ...describePage(page, count) };
}

export interface ListedHosting {
  hosting: Hosting;
  /** Null when the account is deleted. */
  username: string | null;
}

/** Hostings in order of their users' ids. */
export async function listHostings(page: number): Promise<Page & { hostings: ListedHosting[] }> {
  const { rows, count } = await Hosting.findAndCountAll({ order: [['userId', 'ASC']], ...rangeOf(page) });
  const nameOf = await namesOf(rows.map(({ userId }) => userId));
  const hostings = rows.map((hosting) => ({ hosting, username: nameOf(hosting.userId) }));
  return { hostings, ...describePage(page, count) };
}

export interface OperationFilter {
  page: number;
  state?: OperationState | undefined;
  userId?: number | undefined;
}

export interface ListedOperation extends DescribedOperation {
  username: string | null;
}

/** Operations, newest first. */
export async function listOperations(
  database: Sequelize,
  { page, state, userId }: OperationFilter,
): Promise<Page & { operations: ListedOperation[] }> {
  const where: WhereOptions<Operation> = { ...(state && { state }), ...(userId && { userId }) };
  const order = [['createdAt', 'DESC']] as [string, string][];
  const { rows, count } = await Operation.findAndCountAll({ where, order, ...rangeOf(page) });
  const nameOf = await namesOf(rows.map((operation) => operation.userId));
  const described = await describeOperations(database, rows);
  const operations = described.map((one) => ({ ...one, username: nameOf(one.operation.userId) }));
  return { operations, ...describePage(page, count) };
}

async function namesOf(ids: number[]): Promise<(id: number) => string | null> {
  const users = await User.findAll({ where: { id: [...new Set(ids)] } });
  const names = new Map(users.map(({ id, username }) => [id, username]));
  return (id) => names.get(id) ?? null;
}
