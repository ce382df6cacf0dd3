import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { complaintOfSiteName, suggestSiteNames } from './site-name-rules.ts';

/** How long a name that was given up is kept from others, and how many of one user, so that nobody hoards them. */
const keptFor = '90 days';
const mostKept = 3;

export type SiteNameState = 'free' | 'taken' | 'reserved' | 'invalid';

interface Search {
  /** A user whose own name, present or given up, counts as free. */
  userId?: number | undefined;
  transaction?: Transaction | undefined;
}

/** The first name that is free: nobody else has or lately had it, or one that looks like it. Null when none is. */
export async function firstFreeSiteName(
  database: Sequelize,
  names: string[],
  { userId, transaction }: Search = {},
): Promise<string | null> {
  const [free] = await database.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS wished (name, place)
     WHERE NOT EXISTS (
       SELECT FROM users WHERE site_name_key = lookalike_key(wished.name) AND id IS DISTINCT FROM $2::integer
     ) AND NOT EXISTS (
       SELECT FROM given_up_site_names WHERE name_key = lookalike_key(wished.name)
         AND user_id IS DISTINCT FROM $2::integer AND given_up_at > now() - interval '${keptFor}'
     ) ORDER BY place LIMIT 1`,
    { bind: [names, userId ?? null], type: QueryTypes.SELECT, ...(transaction && { transaction }) },
  );
  return free?.name ?? null;
}

/** Whether a new user may have a name; where not, also a similar one that is free. */
export async function describeSiteName(
  database: Sequelize,
  name: string,
): Promise<{ name: string; state: SiteNameState; suggestion: string | null }> {
  const complaint = complaintOfSiteName(name);
  if (!complaint && (await firstFreeSiteName(database, [name]))) return { name, state: 'free', suggestion: null };
  return {
    name,
    state: complaint ?? 'taken',
    suggestion: await firstFreeSiteName(database, suggestSiteNames(name)),
  };
}

/** Keeps a user's name from others for a while, and forgets those that were kept for long enough. */
export async function giveUpSiteName(database: Sequelize, userId: number, transaction: Transaction): Promise<void> {
  await database.query(`DELETE FROM given_up_site_names WHERE given_up_at < now() - interval '${keptFor}'`, {
    transaction,
  });
  await database.query(
    `INSERT INTO given_up_site_names (name, user_id) SELECT site_name, id FROM users WHERE id = $1
     ON CONFLICT (name) DO UPDATE SET user_id = excluded.user_id, given_up_at = excluded.given_up_at`,
    { bind: [userId], transaction },
  );
  await database.query(
    `DELETE FROM given_up_site_names WHERE name IN (
       SELECT name FROM given_up_site_names WHERE user_id = $1 ORDER BY given_up_at DESC OFFSET ${mostKept}
     )`,
    { bind: [userId], transaction },
  );
}
