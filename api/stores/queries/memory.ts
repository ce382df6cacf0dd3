import type { Database, Transaction } from '../database.ts';
import { select } from './select.ts';

/** A machine that is on, or may be: what its rows say. */
export interface MachineRow {
  /** Null where it is nobody's yet. */
  userId: number | null;
  machineId: number;
  vmIp: string;
  startedAt: Date | null;
  isGrowing: boolean;
  isFallingAsleep: boolean;
  maySleep: boolean;
}

/**
 * The machines that hold memory of a node, or were let in to.
 * @param growing seconds from its start for which one may still take what was promised to it
 * @param pause seconds for which one is left alone whose sleep failed
 */
export function memoryHolders(
  database: Database,
  { growing, pause }: { growing: number; pause: number },
  transaction: Transaction,
): Promise<MachineRow[]> {
  const sql = `SELECT hostings.user_id AS "userId", hostings.machine_id AS "machineId", host(vm_ip) AS "vmIp",
      hostings.started_at AS "startedAt",
      -- One that is restarted gives its memory back for a moment, and is not asked whether it may have it again.
      open.admitted_at IS NOT NULL OR coalesce(open.kind = 'restart', false) OR coalesce(hostings.started_at > now() - make_interval(secs => $1), false) AS "isGrowing",
      coalesce(open.kind = 'sleep', false) AS "isFallingAsleep",
      status = 'running' AND powered AND sleep = 'auto' AND NOT EXISTS (SELECT FROM operations failed
        WHERE failed.user_id = hostings.user_id AND failed.kind = 'sleep' AND failed.state = 'failed'
          AND failed.ended_at > now() - make_interval(secs => $2)) AS "maySleep"
    FROM hostings LEFT JOIN operations open ON open.user_id = hostings.user_id AND open.state IN ('queued', 'running')
    WHERE status NOT IN ('asleep', 'stopped', 'suspended')
    UNION ALL SELECT NULL, spares.machine_id, host(vm_ip), NULL, true, false, false FROM spares
    JOIN operations ON operations.machine_id = spares.machine_id AND operations.state = 'running' WHERE spares.state = 'preparing'`;
  return select(database, sql, [growing, pause], transaction);
}
