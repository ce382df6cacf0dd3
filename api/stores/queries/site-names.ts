import type { Database, Transaction } from '../database.ts';
import { select } from './select.ts';

/** How long a name that was given up is kept from others, always: links, bookmarks and CNAME records still lead there. */
const keptFor = '90 days';
/** How many are kept for one user, so that nobody hoards them. */
export const mostKeptSiteNames = 3;

interface Search {
  /** A user whose own name, present or given up, counts as free. */
  userId?: number | undefined;
  transaction?: Transaction | undefined;
}

/** The first name that is free: nobody else has or lately had it, or one that looks like it. Null when none is. */
export async function firstFreeSiteName(
  database: Database,
  names: string[],
  { userId, transaction }: Search = {},
): Promise<string | null> {
  const sql = `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS wished (name, place)
    WHERE NOT EXISTS (
      SELECT FROM users WHERE site_name_key = lookalike_key(wished.name) AND id IS DISTINCT FROM $2::integer
    ) AND NOT EXISTS (
      SELECT FROM given_up_site_names WHERE name_key = lookalike_key(wished.name)
        AND user_id IS DISTINCT FROM $2::integer AND given_up_at > now() - interval '${keptFor}'
    ) ORDER BY place LIMIT 1`;
  const [free] = await select<{ name: string }>(database, sql, [names, userId ?? null], transaction);
  return free?.name ?? null;
}

/**
 * Until when a user has to wait before another name may be given up for `wished`; null when it may be now. Nobody waits to go back
 * to a name that is kept for them.
 */
export async function nextGivingUp(
  database: Database,
  { userId, wished, transaction }: { userId: number; wished: string; transaction: Transaction },
): Promise<Date | null> {
  const sql = `SELECT given_up_at + interval '${keptFor}' AS "freeAt" FROM given_up_site_names
    WHERE user_id = $1 AND name <> $2 AND given_up_at > now() - interval '${keptFor}'
    ORDER BY given_up_at DESC OFFSET ${mostKeptSiteNames - 1} LIMIT 1`;
  const [last] = await select<{ freeAt: Date }>(database, sql, [userId, wished], transaction);
  return last?.freeAt ?? null;
}

/** Keeps a user's name from others for a while, and forgets those that were kept for long enough, and one that is in use again. */
export async function giveUpSiteName(
  database: Database,
  { userId, wished = null }: { userId: number; wished?: string | null },
  transaction: Transaction,
): Promise<void> {
  await database.query(
    `DELETE FROM given_up_site_names WHERE given_up_at < now() - interval '${keptFor}' OR (user_id = $1 AND name = $2)`,
    { bind: [userId, wished], transaction },
  );
  await database.query(
    `INSERT INTO given_up_site_names (name, user_id) SELECT site_name, id FROM users WHERE id = $1
     ON CONFLICT (name) DO UPDATE SET user_id = excluded.user_id, given_up_at = excluded.given_up_at`,
    { bind: [userId], transaction },
  );
}
