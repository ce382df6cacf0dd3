import type { Database, Transaction } from '../database.ts';
import { select } from './select.ts';

/** A domain whose turn it is to be looked at. */
export interface DueDomain {
  id: string;
  userId: number;
  name: string;
  token: string;
  /** Of its user. */
  siteName: string;
}

/**
 * Takes domains that are due, those first that have waited for longest, and puts their next turn off: nobody else takes them
 * meanwhile, and should the taker die, somebody does then.
 * @param take how many at most, and for how many seconds they are the taker's
 */
export function takeDueDomains(database: Database, take: { count: number; seconds: number }): Promise<DueDomain[]> {
  const sql = `UPDATE domains SET next_check_at = now() + make_interval(secs => $2::integer)
     FROM users
     WHERE users.id = domains.user_id AND domains.id IN (
       SELECT id FROM domains WHERE next_check_at <= now() ORDER BY next_check_at LIMIT $1::integer FOR UPDATE SKIP LOCKED
     )
     RETURNING domains.id, user_id AS "userId", name, token, users.site_name AS "siteName"`;
  return select(database, sql, [take.count, take.seconds]);
}

export interface DomainCounts {
  /** That lead to a site. */
  served: number;
  /** Of these, whose proof is gone. */
  lapsing: number;
  /** So many at once that it may be the fault of this server's settings: more than a tenth, at least three, and of so many users. */
  manyAtOnce: boolean;
}

/** How many domains lead to sites, and how many no longer lead here. */
export async function countDomains(database: Database, transaction?: Transaction): Promise<DomainCounts> {
  // Of several users and more than a tenth, or of all that have any: a few cannot keep others' from being let go.
  const sql = `SELECT served, lapsing,
      lapsing >= 3 AND lapsing * 10 > served AND whose >= least(2, users) AND whose * 10 > users AS "manyAtOnce"
    FROM (
      SELECT count(*)::int AS served, count(*) FILTER (WHERE state = 'lapsing')::int AS lapsing,
        count(DISTINCT user_id) AS users, count(DISTINCT user_id) FILTER (WHERE state = 'lapsing') AS whose
      FROM domains WHERE state IN ('active', 'lapsing')
    ) counted`;
  const [counts] = await select<DomainCounts>(database, sql, [], transaction);
  return counts ?? { served: 0, lapsing: 0, manyAtOnce: false };
}

/** Has all domains whose proof is gone be looked at as soon as a worker gets to it. */
export async function hastenLapsing(database: Database): Promise<void> {
  await database.query("UPDATE domains SET next_check_at = now() WHERE state = 'lapsing' AND next_check_at > now()");
}
