import type { Database, Transaction } from '../stores/database.ts';
import { audit, systemActor, type UserActor } from '../audit.ts';
import type { Hosting, SleepChoice, SleepReason } from '../models/hosting.ts';
import type { Operation, OperationFailure } from '../models/operation.ts';
import { enqueue, inOperationTransaction, inOperationTransactionUnlessBusy, lockHosting } from './enqueue.ts';

/** Writes down that a machine is to sleep, if it runs still and nothing else is done with it. */
export async function requestSleep(database: Database, userId: number, reason: SleepReason): Promise<void> {
  await inOperationTransactionUnlessBusy(database, async (transaction) => {
    const hosting = await lockHosting(database, userId, transaction);
    if (hosting.status !== 'running' || (await isShut(database, userId, transaction))) return;
    await hosting.update({ status: 'updating', asleepReason: reason }, { transaction });
    await enqueue(database, { kind: 'sleep', userId, actor: systemActor }, transaction);
  });
}

/** Writes down whether a user's machine may sleep while nobody uses it, if that is said. One that sleeps goes on to. @throws NotFoundError */
export async function chooseSleep(
  database: Database,
  actor: UserActor,
  sleep: SleepChoice | undefined,
): Promise<Hosting> {
  return database.transaction(async (transaction) => {
    const hosting = await lockHosting(database, actor.userId, transaction);
    if (sleep === undefined) return hosting;
    await audit(database, { actor, action: 'choose_sleep', object: `hosting ${actor.userId}`, transaction });
    return hosting.update({ sleep }, { transaction });
  });
}

/** What a visitor finds: nothing that could be woken, a machine that need not be, or an operation to wait for. */
export type Found = 'never' | 'awake' | Operation;

/**
 * Looks what there is for a visitor of a hosting, and whether its machine is to be woken first.
 * @returns `asleep` when it is, and no operation is under way
 */
export async function findForVisitor(database: Database, userId: number): Promise<Found | 'asleep'> {
  const { Hosting, Operation } = database.models;
  const hosting = await Hosting.findByPk(userId);
  if (!hosting || ['suspended', 'deleting'].includes(hosting.status) || (await isShut(database, userId)))
    return 'never';
  const underWay = await Operation.findOne({ where: { userId, state: ['queued', 'running'] } });
  if (hosting.status === 'asleep') return underWay ?? 'asleep';
  // What is done with a machine that sleeps, or falls asleep, has to be over first.
  const concernsSleeper = hosting.asleepSince !== null || underWay?.kind === 'sleep';
  return (concernsSleeper && underWay) || 'awake';
}

/**
 * Writes down that a machine is to be woken, if it sleeps; within {@link inOperationTransaction}.
 * @throws NotFoundError
 */
async function wake(database: Database, userId: number, transaction: Transaction): Promise<Operation | null> {
  const hosting = await lockHosting(database, userId, transaction);
  if (hosting.status !== 'asleep' || (await isShut(database, userId, transaction))) return null;
  await hosting.update({ status: 'updating' }, { transaction });
  return enqueue(database, { kind: 'wake', userId, actor: systemActor }, transaction);
}

/** Writes down that a machine is to be woken for a visitor. @throws HostingBusyError when somebody else was faster; NotFoundError */
export function requestWake(database: Database, userId: number): Promise<Operation | null> {
  return inOperationTransaction(database, (transaction) => wake(database, userId, transaction));
}

/** As {@link requestWake}, for a machine that somebody else has woken: what belongs to that is done. */
export function requestWakeUnlessBusy(database: Database, userId: number): Promise<void> {
  return inOperationTransactionUnlessBusy(database, (transaction) => wake(database, userId, transaction));
}

/** Whether a user's machine is to be on for nobody: they are suspended or gone. */
async function isShut(database: Database, userId: number, transaction: Transaction | null = null): Promise<boolean> {
  const { suspendedAt, deletedAt } = await database.models.User.findByPk(userId, { transaction, rejectOnEmpty: true });
  return suspendedAt !== null || deletedAt !== null;
}

/** How the latest sleep or wake of a user's machine failed; null where it did not, or more than so many seconds ago. */
export async function justFailed(
  database: Database,
  { userId, kind, seconds }: { userId: number; kind: 'sleep' | 'wake'; seconds: number },
): Promise<OperationFailure | null> {
  const latest = await database.models.Operation.findOne({
    where: { userId, kind },
    order: [['createdAt', 'DESC']],
  });
  if (latest?.state !== 'failed' || latest.endedAt === null) return null;
  return Date.now() - latest.endedAt.getTime() < seconds * 1_000 ? latest.error : null;
}
