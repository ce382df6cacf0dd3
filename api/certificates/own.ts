import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProxyFacts } from '../../programs/arguments.ts';
import { askProxy } from '../../programs/site-provider/proxy-control.ts';
import { changeSite } from '../../programs/site-provider/site-files.ts';
import type { Database } from '../stores/database.ts';
import { certificatesOf } from './keep.ts';
import type { Seal } from './seal.ts';

/** The proxy's file of a host, or of all hosts right below a domain. */
const fileOf = (host: string) => (host.startsWith('*.') ? `wildcards/${host.slice(2)}` : `certificates/${host}`);

/**
 * Writes those certificates of the service's own hosts that the proxy does not have as the rows do, which are there until they
 * lapse, also when settings are not any more. Those of sites are their stacks'.
 * @throws Error when the proxy does not read what was written.
 */
export async function restoreOwn({
  database,
  seal,
  proxy,
}: {
  database: Database;
  seal: Seal;
  proxy: ProxyFacts;
}): Promise<void> {
  const { sitesDirectory: directory, controlSocket } = proxy;
  const rows = await database.models.Certificate.findAll({ attributes: ['host'], where: { userId: null } });
  const own = rows.map(({ host }) => host);
  for (const [host, pem] of Object.entries(await certificatesOf(database, own, seal))) {
    const file = fileOf(host);
    if ((await askProxy(controlSocket, `/${file}`)) === sha256(pem)) continue;
    await changeSite({ directory, controlSocket, files: { [file]: pem }, remove: [] });
  }
}

/** Removes the certificate of a host that is the service's no more. */
export async function removeOwn({ proxy }: { proxy: ProxyFacts }, host: string): Promise<void> {
  await rm(join(proxy.sitesDirectory, fileOf(host)), { force: true });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
