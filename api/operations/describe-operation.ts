import { Op, QueryTypes, type Sequelize } from 'sequelize';
import { Operation, OperationEvent, type OperationKind, operationKinds } from '../models/operation.ts';

/** How many earlier operations of a kind tell how long the next one takes. */
const sample = 20;

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
export async function describeOperations(database: Sequelize, operations: Operation[]): Promise<DescribedOperation[]> {
  if (operations.length === 0) return [];
  const where = { operationId: { [Op.in]: operations.map(({ id }) => id) } };
  const waits = operations.some(({ state }) => state === 'queued');
  const [events, expected, open] = await Promise.all([
    OperationEvent.findAll({ where, order: [['id', 'ASC']] }),
    expectedSeconds(database),
    waits ? openOperations() : [],
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
function openOperations(): Promise<OpenOperation[]> {
  const attributes = ['id', 'kind', 'state', 'createdAt', 'startedAt'];
  return Operation.findAll({ attributes, where: { state: { [Op.in]: ['queued', 'running'] } }, raw: true });
}

/** Where there is a queue all workers are busy, so as many are carried out at a time as run now. */
function placeOf(operation: Operation, open: OpenOperation[], expected: Record<OperationKind, number>): QueuePlace {
  const ahead = open.filter(({ id, createdAt }) => id !== operation.id && createdAt < operation.createdAt);
  const left = ({ kind, startedAt }: OpenOperation) =>
    Math.max(0, expected[kind] - (startedAt ? (Date.now() - startedAt.getTime()) / 1_000 : 0));
  const underWay = open.filter(({ state }) => state === 'running').length;
  const seconds = ahead.reduce((sum, one) => sum + left(one), 0) / Math.max(1, underWay);
  return { ahead: ahead.length, seconds: Math.round(seconds) };
}

/** The median of the last ones of each kind that succeeded. */
async function expectedSeconds(database: Sequelize): Promise<Record<OperationKind, number>> {
  const rows = await database.query<{ kind: OperationKind; seconds: number }>(
    `SELECT kind, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
     FROM unnest($1::text[]) AS kind, LATERAL (
       SELECT extract(epoch FROM ended_at - started_at) AS seconds FROM operations
       WHERE operations.kind = kind.kind AND state = 'succeeded' ORDER BY ended_at DESC LIMIT ${sample}
     ) AS latest GROUP BY kind`,
    { bind: [[...operationKinds]], type: QueryTypes.SELECT },
  );
  const measured = Object.fromEntries(rows.map(({ kind, seconds }) => [kind, Math.max(1, Math.round(seconds))]));
  return { ...guess, ...measured };
}
