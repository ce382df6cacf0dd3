import type { Database } from '../database.ts';
import { type OperationKind, operationKinds } from '../../models/operation.ts';
import { select } from './select.ts';

/** How many earlier operations of a kind tell how long the next one takes. */
const sample = 20;

/** Seconds: the median of the last operations of each kind that succeeded. Kinds of which there are none are left out. */
export function medianDurations(database: Database): Promise<{ kind: OperationKind; seconds: number }[]> {
  const sql = `SELECT kind, percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds
    FROM unnest($1::text[]) AS kind, LATERAL (
      SELECT extract(epoch FROM ended_at - started_at) AS seconds FROM operations
      WHERE operations.kind = kind.kind AND state = 'succeeded' ORDER BY ended_at DESC LIMIT ${sample}
    ) AS latest GROUP BY kind`;
  return select(database, sql, [[...operationKinds]]);
}
