import type { Redis } from 'ioredis';
import { QueryTypes } from 'sequelize';
import type { Database } from '../../../api/stores/database.ts';

const tables = ['users', 'sessions', 'hostings', 'operations', 'operation_events', 'domains', 'spares'];
const others = ['audit_events', 'certificates', 'certificate_orders', 'acme_accounts'];

/** How many rows each table has; the audit log is none of them, as it tells of refusals too. */
export async function countRows(database: Database): Promise<Record<string, number>> {
  const counts = tables.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(', ');
  const [row] = await database.query<Record<string, number>>(`SELECT ${counts}`, { type: QueryTypes.SELECT });
  return { ...row };
}

/** Every table of ours, the audit log too, as text. */
export async function dumpDatabase(database: Database): Promise<string> {
  const rows = await Promise.all(
    [...tables, ...others].map((table) =>
      database.query<{ line: string }>(`SELECT entry::text AS line FROM ${table} entry`, { type: QueryTypes.SELECT }),
    ),
  );
  return rows
    .flat()
    .map(({ line }) => line)
    .join('\n');
}

/** All that Redis holds: keys with their values, which are all strings. */
export async function dumpRedis(redis: Redis): Promise<string> {
  const lines: string[] = [];
  for await (const keys of redis.scanStream()) {
    for (const key of keys as string[]) lines.push(key, String(await redis.get(key)));
  }
  return lines.join('\n');
}
