import type { ProxyFacts } from '../../programs/arguments.ts';
import type { Database } from '../stores/database.ts';
import { keepCertificateRows } from '../stores/queries/certificate-rows.ts';
import { removeOwn, restoreOwn } from './own.ts';
import type { Seal } from './seal.ts';

export interface KeptCertificates {
  database: Database;
  seal: Seal;
  proxy: ProxyFacts;
  /** Below which sites have their hosts; empty where they have none. */
  sitesDomain: string;
  /** The service's own hosts: `api/certificates/settings.ts`. */
  own: string[];
}

/**
 * Has those certificates be there that are to be, in the database and of the service's own in the proxy, and no others.
 * @param directory URL of the authority's; null where none is asked for anything: what there is stays until it has lapsed
 */
export async function tidyCertificates(kept: KeptCertificates, directory: string | null): Promise<void> {
  const { database, sitesDomain, own } = kept;
  // Of the domain whose hosts have one certificate for all.
  const coveredDomain = own.includes(`*.${sitesDomain}`) ? sitesDomain : '';
  const gone = await keepCertificateRows(database, { sitesDomain, own, coveredDomain, directory });
  for (const host of gone) await removeOwn(kept, host);
  await restoreOwn(kept);
}
