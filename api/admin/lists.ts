import { Op, type Order, where, type WhereOptions } from 'sequelize';
import type { Database } from '../stores/database.ts';
import type { Hosting, HostingStatus } from '../models/hosting.ts';
import { type Operation, type OperationState, userOf } from '../models/operation.ts';
import type { User } from '../models/user.ts';
import {
  isNotSuspended,
  lowerUsername,
  readableSiteName,
  urgency,
  usernameOfOwner,
} from '../stores/queries/sort-keys.ts';
import { type DescribedOperation, describeOperations } from '../operations/describe-operation.ts';
import { describePage, type Page, rangeOf } from './page.ts';

export const listOrders = ['newest', 'oldest', 'name', 'state'] as const;
export type ListOrder = (typeof listOrders)[number];

/** Which part of a list, in which order. */
export interface ListQuery {
  page: number;
  /** A part of the email, the username or the site name, in any case, or an id. */
  search?: string | undefined;
  sort?: ListOrder | undefined;
}

export interface ListedUser {
  user: User;
  hostingStatus: HostingStatus | null;
}

/** What needs an operator comes first. */
const userOrders: Record<ListOrder, Order> = {
  newest: [['id', 'DESC']],
  oldest: [['id', 'ASC']],
  name: [
    [lowerUsername, 'ASC'],
    ['id', 'ASC'],
  ],
  state: [
    [isNotSuspended, 'ASC'],
    ['role', 'ASC'],
    ['id', 'DESC'],
  ],
};

/** Users, the newest first unless asked otherwise. */
export async function listUsers(
  database: Database,
  { page, search = '', sort = 'newest' }: ListQuery,
): Promise<Page & { users: ListedUser[] }> {
  const where = search ? matching(search) : {};
  const { Hosting, User } = database.models;
  const { rows, count } = await User.findAndCountAll({ where, order: userOrders[sort], ...rangeOf(page) });
  const hostings = await Hosting.findAll({ where: { userId: rows.map(({ id }) => id) } });
  const statusOf = new Map(hostings.map(({ userId, status }) => [userId, status]));
  const users = rows.map((user) => ({ user, hostingStatus: statusOf.get(user.id) ?? null }));
  return { users, ...describePage(page, count) };
}

/** Users by a part of what names them, or by their id. */
function matching(search: string): WhereOptions<User> {
  const pattern = `%${search.normalize('NFC').replace(/[\\%_]/g, '\\$&')}%`;
  const id = /^#?0*(\d{1,8})$/.exec(search.trim())?.[1];
  const like = { [Op.iLike]: pattern };
  // Of a site name also the label of its host, as logs have it.
  const named = [...['email', 'username', 'siteName'].map((name) => ({ [name]: like })), where(readableSiteName, like)];
  return { [Op.or]: id ? [...named, { id: Number(id) }] : named };
}

export interface ListedHosting {
  hosting: Hosting;
  /** Null when the account is deleted. */
  username: string | null;
}

const hostingOrders: Record<ListOrder, Order> = {
  newest: [
    ['createdAt', 'DESC'],
    ['userId', 'DESC'],
  ],
  oldest: [
    ['createdAt', 'ASC'],
    ['userId', 'ASC'],
  ],
  name: [
    [usernameOfOwner, 'ASC'],
    ['userId', 'ASC'],
  ],
  state: [
    [urgency, 'ASC'],
    ['createdAt', 'DESC'],
    ['userId', 'DESC'],
  ],
};

/** Hostings, the newest first unless asked otherwise. */
export async function listHostings(
  database: Database,
  { page, search = '', sort = 'newest' }: ListQuery,
): Promise<Page & { hostings: ListedHosting[] }> {
  const where: WhereOptions<Hosting> = search ? await hostingsFor(database, search) : {};
  const order = hostingOrders[sort];
  const { rows, count } = await database.models.Hosting.findAndCountAll({ where, order, ...rangeOf(page) });
  const nameOf = await namesOf(database, rows);
  const hostings = rows.map((hosting) => ({ hosting, username: nameOf(hosting.userId) }));
  return { hostings, ...describePage(page, count) };
}

/** Whose hostings a search is about: those of users whom it names, or the one that has a machine like `vm-00000005`. */
async function hostingsFor(database: Database, search: string): Promise<WhereOptions<Hosting>> {
  const machineId = /^vm-0*(\d{1,9})$/i.exec(search.trim())?.[1];
  if (machineId) return { machineId: Number(machineId) };
  const users = await database.models.User.findAll({ attributes: ['id'], where: matching(search) });
  return { userId: users.map(({ id }) => id) };
}

export interface OperationFilter {
  page: number;
  state?: OperationState | undefined;
  userId?: number | undefined;
}

export interface ListedOperation extends DescribedOperation {
  username: string | null;
  /** Of the machine that the user has now; null where there is none. */
  machineId: number | null;
}

/** Operations, newest first. */
export async function listOperations(
  database: Database,
  { page, state, userId }: OperationFilter,
): Promise<Page & { operations: ListedOperation[] }> {
  // Those on spare machines are the service's own affair.
  const where: WhereOptions<Operation> = { ...(state && { state }), userId: userId ?? { [Op.not]: null } };
  const order = [['createdAt', 'DESC']] as [string, string][];
  const { rows, count } = await database.models.Operation.findAndCountAll({ where, order, ...rangeOf(page) });
  const owners = rows.map((row) => ({ userId: userOf(row) }));
  const nameOf = await namesOf(database, owners);
  const described = await describeOperations(database, rows);
  const machineOf = await machinesOf(database, owners);
  const operations = described.map((one) => {
    const userId = userOf(one.operation);
    return { ...one, username: nameOf(userId), machineId: machineOf(userId) };
  });
  return { operations, ...describePage(page, count) };
}

async function machinesOf(database: Database, rows: { userId: number }[]): Promise<(id: number) => number | null> {
  const userId = [...new Set(rows.map(({ userId }) => userId))];
  const hostings = await database.models.Hosting.findAll({ where: { userId } });
  const machines = new Map(hostings.map(({ userId, machineId }) => [userId, machineId]));
  return (id) => machines.get(id) ?? null;
}

async function namesOf(database: Database, rows: { userId: number }[]): Promise<(id: number) => string | null> {
  const ids = new Set(rows.map(({ userId }) => userId));
  const users = await database.models.User.findAll({ where: { id: [...ids] } });
  const names = new Map(users.map(({ id, username }) => [id, username]));
  return (id) => names.get(id) ?? null;
}
