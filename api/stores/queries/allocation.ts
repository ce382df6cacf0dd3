import type { Database, Transaction } from '../database.ts';
import { select } from './select.ts';

/** The lowest address that no hosting has, and no spare machine; undefined when all are taken. */
export async function lowestFreeAddress(
  database: Database,
  { firstVmAddress, vmAddressCount }: { firstVmAddress: string; vmAddressCount: number },
  transaction: Transaction,
): Promise<string | undefined> {
  const sql = `SELECT host($1::inet + n) AS ip FROM generate_series(0, $2::int - 1) AS n
    WHERE NOT EXISTS (SELECT FROM hostings WHERE vm_ip = $1::inet + n)
      AND NOT EXISTS (SELECT FROM spares WHERE vm_ip = $1::inet + n) ORDER BY n LIMIT 1`;
  const [row] = await select<{ ip: string }>(database, sql, [firstVmAddress, vmAddressCount], transaction);
  return row?.ip;
}

/** A random port that no hosting has, no spare machine, and none of `except`; undefined when there is none. */
export async function randomFreePort(
  database: Database,
  { firstPort, lastPort, except = [] }: { firstPort: number; lastPort: number; except?: number[] },
  transaction: Transaction,
): Promise<number | undefined> {
  const sql = `SELECT port FROM generate_series($1::int, $2::int) AS port
    WHERE port <> ALL($3::int[]) AND NOT EXISTS (SELECT FROM hostings WHERE ssh_port = port)
      AND NOT EXISTS (SELECT FROM spares WHERE ssh_port = port) ORDER BY random() LIMIT 1`;
  const [row] = await select<{ port: number }>(database, sql, [firstPort, lastPort, except], transaction);
  return row?.port;
}
