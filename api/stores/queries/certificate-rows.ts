// Which hosts have a row of a certificate, and for how long.
import { QueryTypes } from 'sequelize';
import type { Database } from '../database.ts';

/** Hosts at which a site is served, with whose it is. What is below localhost leads nowhere from outside. */
export const servedHosts = `
  SELECT routed_host AS host, user_id FROM hostings
  WHERE status IN ('running', 'asleep', 'stopped', 'suspended') AND routed_host <> ''
    AND routed_host <> 'localhost' AND routed_host NOT LIKE '%.localhost'
  UNION SELECT name, user_id FROM domains JOIN hostings USING (user_id)
  WHERE state IN ('active', 'lapsing') AND status IN ('running', 'asleep', 'stopped', 'suspended')`;

/**
 * Hosts that keep a certificate which they have: also while an operation goes on, and while their user has no hosting, who
 * gets it back with the next one. Authorities issue only so many for one host.
 */
const keptHosts = `
  SELECT routed_host AS host, user_id FROM hostings WHERE routed_host <> ''
  UNION SELECT name, user_id FROM domains WHERE state IN ('active', 'lapsing')
  UNION SELECT site_name || '.' || $sitesDomain, id FROM users WHERE deleted_at IS NULL AND $sitesDomain <> ''`;

const isCovered = `($coveredDomain <> '' AND host LIKE '%.' || $coveredDomain)`;

/** Until there is one for all, sites keep those that they have. */
const isInForce = `EXISTS (
  SELECT FROM certificates wildcard WHERE wildcard.host = '*.' || $coveredDomain AND wildcard.not_after > now())`;

// Each list is made once, and not looked through for each row: there are ten thousands of both.
const among = (hosts: string) => `(host, user_id) IN (SELECT host, user_id FROM (${hosts}) listed)`;

const isAnothers = `host IN (SELECT listed.host FROM certificates former JOIN (${keptHosts}) listed ON listed.host = former.host
  WHERE listed.user_id <> former.user_id)`;

/** A hosting is that for a moment, as when it is restarted: what is asked for then, or why it was refused, is still to be told. */
const isUpdating = "user_id IN (SELECT user_id FROM hostings WHERE status = 'updating')";

const isWanted = `(NOT (${isCovered} AND ${isInForce}) AND (${among(servedHosts)}
  OR ((sealed_key IS NOT NULL OR (unwanted_since IS NULL AND ${isUpdating})) AND ${among(keptHosts)})))`;

/** For whom comes back: longer where there is a certificate, which is good for no longer than that in most cases. */
const keptFor = { row: '7 days', certificate: '90 days' };

/** How long first orders count: `maximumOrders` in `api/stores/queries/certificates.ts`. */
export const ordersCountFor = '7 days';

export interface WantedHosts {
  /** Below which sites have their hosts; empty where they have none. */
  sitesDomain: string;
  /** Of whose hosts none needs a certificate, as there is one for all; empty for none. */
  coveredDomain: string;
  /** Those of the service itself. */
  own: string[];
  /** URL of the authority's directory; null where none is asked for anything. */
  directory: string | null;
}

/**
 * Has a row for each host that is to have a certificate, and forgets those that are not to, or no longer, and the keys of
 * certificates that have lapsed. Routes that lose or get one are made anew.
 * @returns hosts of the service itself whose certificate is to be shown no more.
 */
export async function keepCertificateRows(database: Database, wanted: WantedHosts): Promise<string[]> {
  const run = runWith(database, wanted);
  const lapsed = await run(
    changed('UPDATE certificates SET sealed_key = NULL WHERE sealed_key IS NOT NULL AND not_after <= now()'),
  );
  await run(
    changed(`UPDATE certificates SET unwanted_since = CASE WHEN unwanted_since IS NULL THEN now() END
      WHERE user_id IS NOT NULL AND (unwanted_since IS NULL) <> ${isWanted}`),
  );
  const gone =
    await run(`DELETE FROM certificates WHERE CASE WHEN user_id IS NULL THEN host <> ALL($own::text[]) AND ($directory::text IS NOT NULL OR sealed_key IS NULL)
      ELSE unwanted_since IS NOT NULL AND (
        unwanted_since < now() - interval '${keptFor.certificate}'
        OR (sealed_key IS NULL AND unwanted_since < now() - interval '${keptFor.row}')
        OR EXISTS (SELECT FROM users WHERE id = certificates.user_id AND deleted_at IS NOT NULL)
        OR ${isAnothers}) END
      RETURNING host, user_id`);
  if (wanted.directory === null) await run('DELETE FROM certificates WHERE sealed_key IS NULL');
  else
    await run(`INSERT INTO certificates (host, user_id)
      SELECT host, user_id FROM (${servedHosts}) served WHERE NOT ${isCovered}
      UNION ALL SELECT host, NULL FROM unnest($own::text[]) host
      ON CONFLICT DO NOTHING`);
  await run(`DELETE FROM certificate_orders WHERE ordered_at < now() - interval '${ordersCountFor}'`);
  // Our account with an authority that is asked no more.
  await run(`DELETE FROM acme_accounts
    WHERE directory IS DISTINCT FROM $directory AND updated_at < now() - interval '${keptFor.certificate}'`);
  return [...lapsed, ...gone].filter(({ user_id: userId }) => userId === null).map(({ host }) => host);
}

/** What a statement changes, with the routes of whose sites it changes the certificate. */
const changed = (sql: string) => `
  WITH before AS (SELECT host FROM certificates WHERE sealed_key IS NOT NULL),
  changed AS (${sql} RETURNING host, user_id),
  routes AS (
    UPDATE hostings SET route_revision = route_revision + 1
    WHERE user_id IN (SELECT user_id FROM changed JOIN before USING (host))
  )
  SELECT host, user_id FROM changed`;

/** Runs statements with what they name of all that is wanted. */
function runWith(database: Database, wanted: WantedHosts) {
  return (sql: string) => {
    const bind = Object.fromEntries(Object.entries(wanted).filter(([name]) => sql.includes(`$${name}`)));
    return database.query<{ host: string; user_id: number | null }>(sql, { bind, type: QueryTypes.SELECT });
  };
}
