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
}

/** Reads what belongs to some operations, in the same order. */
export async function describeOperations(database: Sequelize, operations: Operation[]): Promise<DescribedOperation[]> {
  if (operations.length === 0) return [];
  const where = { operationId: { [Op.in]: operations.map(({ id }) => id) } };
  const [events, expected] = await Promise.all([
    OperationEvent.findAll({ where, order: [['id', 'ASC']] }),
    expectedSeconds(database),
  ]);
  return operations.map((operation) => ({
    operation,
    events: events.filter(({ operationId }) => operationId === operation.id),
    expectedSeconds: expected[operation.kind],
  }));
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
