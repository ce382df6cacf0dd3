import { Op } from 'sequelize';
import { heldStates } from '../models/domain.ts';
import type { Database } from '../stores/database.ts';

/** The host that a site has below `SITES_DOMAIN`; null where sites have none. */
export function siteHost(siteName: string, sitesDomain: string): string | null {
  return sitesDomain ? `${siteName}.${sitesDomain}` : null;
}

/** All hosts at which a user's site is: that of its name first, then the user's own domains in order of name. */
export async function hostsOf(
  database: Database,
  { id: userId, siteName }: { id: number; siteName: string },
  sitesDomain: string,
): Promise<string[]> {
  const domains = await database.models.Domain.findAll({
    where: { userId, state: { [Op.in]: [...heldStates] } },
    order: ['name'],
  });
  const own = siteHost(siteName, sitesDomain);
  return [...(own ? [own] : []), ...domains.map(({ name }) => name)];
}
