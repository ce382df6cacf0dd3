import { Op } from 'sequelize';
import type { Database } from '../stores/database.ts';
import { isSpareKind, type Operation, type OperationEvent, type OperationKind } from '../models/operation.ts';
import { medianDurations } from '../stores/queries/durations.ts';

/** Seconds, before there is any experience: measured under emulation, where everything is slowest. */
const guess: Record<OperationKind, number> = {
  create: 15,
  delete: 6,
  start: 15,
  stop: 8,
  restart: 20,
  keys: 2,
  password: 2,
  suspend: 10,
  resume: 15,
  route: 3,
  sleep: 4,
  wake: 3,
  prepare: 40,
  discard: 6,
};

/** An operation with what is known beside its row. */
export interface DescribedOperation {
  operation: Operation;
  /** In order. */
  events: OperationEvent[];
  /** What one of its kind takes on this installation. */
  expectedSeconds: number;
  /** Its place, while it waits for its turn. */
  queue: QueuePlace | null;
}

/** How many operations come before one, and in about how many seconds its turn comes. */
export interface QueuePlace {
  ahead: number;
  seconds: number;
}

/** Reads what belongs to some operations, in the same order. */
export async function describeOperations(database: Database, operations: Operation[]): Promise<DescribedOperation[]> {
  if (operations.length === 0) return [];
  const where = { operationId: { [Op.in]: operations.map(({ id }) => id) } };
  const waits = operations.some(({ state }) => state === 'queued');
  const [events, expected, open] = await Promise.all([
    database.models.OperationEvent.findAll({ where, order: [['id', 'ASC']] }),
    expectedSeconds(database),
    waits ? openOperations(database) : [],
  ]);
  return operations.map((operation) => ({
    operation,
    events: events.filter(({ operationId }) => operationId === operation.id),
    expectedSeconds: expected[operation.kind],
    queue: operation.state === 'queued' ? placeOf(operation, open, expected) : null,
  }));
}

type OpenOperation = Pick<Operation, 'id' | 'kind' | 'state' | 'createdAt' | 'startedAt'>;

/** All operations that wait or go on. There may be many: only the columns that are needed are read. */
function openOperations(database: Database): Promise<OpenOperation[]> {
  const attributes = ['id', 'kind', 'state', 'createdAt', 'startedAt'];
  const where = { state: { [Op.in]: ['queued', 'running'] as const } };
  return database.models.Operation.findAll({ attributes, where, raw: true });
}

/** Where there is a queue all workers are busy, so as many are carried out at a time as run now. */
function placeOf(operation: Operation, open: OpenOperation[], expected: Record<OperationKind, number>): QueuePlace {
  const isAhead = ({ id, kind, state, createdAt }: OpenOperation) =>
    id !== operation.id && createdAt < operation.createdAt && !(isSpareKind(kind) && state === 'queued');
  const ahead = open.filter(isAhead);
  const left = ({ kind, startedAt }: OpenOperation) =>
    Math.max(0, expected[kind] - (startedAt ? (Date.now() - startedAt.getTime()) / 1_000 : 0));
  const underWay = open.filter(({ state }) => state === 'running').length;
  const seconds = ahead.reduce((sum, one) => sum + left(one), 0) / Math.max(1, underWay);
  return { ahead: ahead.length, seconds: Math.round(seconds) };
}

async function expectedSeconds(database: Database): Promise<Record<OperationKind, number>> {
  const rows = await medianDurations(database);
  const measured = Object.fromEntries(rows.map(({ kind, seconds }) => [kind, Math.max(1, Math.round(seconds))]));
  return { ...guess, ...measured };
}
