import { QueryTypes, type Sequelize } from 'sequelize';
import { systemActor, type UserActor } from '../audit.ts';
import { HostingStateError } from '../errors.ts';
import type { HostingStatus } from '../models/hosting.ts';
import type { Operation } from '../models/operation.ts';
import { User } from '../models/user.ts';
import {
  inOperationTransaction,
  inOperationTransactionUnlessBusy,
  enqueue,
  lockHosting,
  assertNotBusy,
} from './enqueue.ts';

export type PowerAction = 'start' | 'stop' | 'restart';

/** The states in which each may be asked for. */
const possibleIn: Record<PowerAction, HostingStatus[]> = {
  start: ['stopped'],
  stop: ['running'],
  restart: ['running'],
};

/**
 * Writes down that a user's machine is to be started, stopped or restarted.
 * @throws NotFoundError, HostingBusyError; HostingStateError, e.g. when one that runs is to be started
 */
export function requestPower(database: Sequelize, kind: PowerAction, actor: UserActor): Promise<Operation> {
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockHosting(userId, transaction);
    assertNotBusy(hosting);
    if (!possibleIn[kind].includes(hosting.status)) throw new HostingStateError(hosting.status);
    await hosting.update({ status: 'updating', powered: kind !== 'stop' }, { transaction });
    return enqueue({ kind, userId, actor }, transaction);
  });
}

/**
 * Of the users whose machines libvirt could not start, those for whom a start may be tried now. After a start that failed the
 * next waits for a minute, and after each further one within an hour for twice as long: what stands in the way mostly takes
 * an operator.
 */
export async function mayTryStart(database: Sequelize, userIds: number[]): Promise<number[]> {
  const rows = await database.query<{ userId: number }>(
    `SELECT asked.user_id AS "userId" FROM unnest($1::int[]) AS asked (user_id), LATERAL (
       SELECT max(ended_at) AS last, count(*)::int AS count FROM operations WHERE operations.user_id = asked.user_id
         AND kind = 'start' AND state = 'failed' AND ended_at > now() - interval '1 hour'
         AND NOT EXISTS (SELECT FROM operations AS later WHERE later.user_id = operations.user_id AND later.state = 'succeeded'
           AND later.kind IN ('start', 'restart', 'resume', 'create') AND later.ended_at > operations.ended_at)
     ) AS failures
     WHERE coalesce(failures.last < now() - interval '1 minute' * power(2, failures.count - 1), true)`,
    { bind: [userIds], type: QueryTypes.SELECT },
  );
  return rows.map(({ userId }) => userId);
}

/** Writes down that a machine is to be started that libvirt could not start with the node, if it is still wanted on. */
export async function requestStartOfFailed(database: Sequelize, userId: number): Promise<void> {
  await inOperationTransactionUnlessBusy(database, async (transaction) => {
    const hosting = await lockHosting(userId, transaction);
    const { suspendedAt, deletedAt } = await User.findByPk(userId, { transaction, rejectOnEmpty: true });
    if (hosting.status !== 'running' || !hosting.powered || suspendedAt || deletedAt) return;
    await hosting.update({ status: 'updating' }, { transaction });
    await enqueue({ kind: 'start', userId, actor: systemActor }, transaction);
  });
}
