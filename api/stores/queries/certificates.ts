import { QueryTypes } from 'sequelize';
import type { Database } from '../database.ts';
import { ordersCountFor, servedHosts } from './certificate-rows.ts';
import { select } from './select.ts';

/**
 * How many hosts of one user may be ordered for at first in `ordersCountFor`: their site's, ten domains, and some changes of mind.
 * Renewals and repeated attempts do not count.
 */
export const maximumOrders = 15;

/** An authority has nothing to do with this: it is told as ours. */
const heldBack = {
  code: 'userLimit',
  detail: `Certificates for more than ${maximumOrders} new hosts of one user in ${ordersCountFor} wait, so that there are some for all.`,
};

/** Of a host of a user's, that there is none yet, nor did an attempt at it fail. */
const isFirstOrder = 'user_id IS NOT NULL AND sealed_key IS NULL AND failures = 0';

/** The host whose certificate is to be ordered or renewed next, of those that are served; null when none is due. */
export async function nextDueHost(database: Database): Promise<string | null> {
  await holdBack(database);
  const [row] = await select<{ host: string }>(
    database,
    `SELECT host FROM certificates WHERE next_attempt_at <= now() AND unwanted_since IS NULL
       AND (user_id IS NULL OR EXISTS (
         SELECT FROM (${servedHosts}) served WHERE served.host = certificates.host AND served.user_id = certificates.user_id))
     ORDER BY next_attempt_at, host LIMIT 1`,
  );
  return row?.host ?? null;
}

/** Has first orders wait whose user has had as many hosts as one may. One that a worker's end cut off is the same host again. */
async function holdBack(database: Database): Promise<void> {
  const recent = `SELECT user_id, host, max(ordered_at) AS ordered_at FROM certificate_orders
    WHERE ordered_at > now() - interval '${ordersCountFor}' GROUP BY user_id, host`;
  const full = `SELECT user_id, (array_agg(ordered_at ORDER BY ordered_at DESC))[${maximumOrders}] AS counted
    FROM (${recent}) recent GROUP BY user_id HAVING count(*) >= ${maximumOrders}`;
  const sql = `UPDATE certificates SET problem_code = $1, problem_detail = $2, next_attempt_at = counted + interval '${ordersCountFor}'
    FROM (${full}) counts (owner, counted) WHERE owner = user_id AND next_attempt_at <= now() AND ${isFirstOrder}
      AND (host, owner) NOT IN (SELECT host, user_id FROM (${recent}) recent)`;
  await database.query(sql, { bind: [heldBack.code, heldBack.detail] });
}

/** Counts an order that is about to be made, if it is a first one. */
export async function countOrder(database: Database, host: string): Promise<void> {
  const sql = `INSERT INTO certificate_orders (user_id, host) SELECT user_id, host FROM certificates WHERE host = $1 AND ${isFirstOrder}`;
  await database.query(sql, { bind: [host] });
}

/**
 * Gives a worker the turn at an authority, unless another has it or the authority is to be left alone for now.
 * @param seconds after which the turn is over in any case
 */
export async function takeTurn(
  database: Database,
  { directory, worker, seconds }: { directory: string; worker: string; seconds: number },
): Promise<boolean> {
  const rows = await database.query<object>(
    `UPDATE acme_accounts SET worker = $2, lease_until = now() + make_interval(secs => $3), updated_at = now()
     WHERE directory = $1 AND next_attempt_at <= now() AND (lease_until IS NULL OR lease_until < now())
     RETURNING directory`,
    { bind: [directory, worker, seconds], type: QueryTypes.SELECT },
  );
  return rows.length === 1;
}

export async function endTurn(
  database: Database,
  { directory, worker }: { directory: string; worker: string },
): Promise<void> {
  await database.query('UPDATE acme_accounts SET lease_until = NULL WHERE directory = $1 AND worker = $2', {
    bind: [directory, worker],
  });
}

export interface CertificateCounts {
  active: number;
  pending: number;
  failed: number;
  /**
   * That end soon, as renewing them fails: half of the time for it is over. Of the service itself and of hosts that sites have from
   * it: of their own domains, users can have the authority refuse them.
   */
  ending: number;
}

/** How many certificates there are in each state: `stateOf` in `api/certificates/report.ts`. */
export async function countCertificates(database: Database): Promise<CertificateCounts> {
  const sql = `SELECT count(*) FILTER (WHERE is_valid)::int AS active,
      count(*) FILTER (WHERE NOT is_valid AND failures = 0)::int AS pending,
      count(*) FILTER (WHERE NOT is_valid AND failures > 0)::int AS failed,
      count(*) FILTER (WHERE failures > 0 AND now() > not_after - (not_after - not_before) / 6
        AND (user_id IS NULL OR host IN (SELECT routed_host FROM hostings)))::int AS ending
    FROM (SELECT *, coalesce(not_after > now(), false) AS is_valid FROM certificates WHERE unwanted_since IS NULL) looked`;
  const [counts] = await select<CertificateCounts>(database, sql);
  return counts ?? { active: 0, pending: 0, failed: 0, ending: 0 };
}
