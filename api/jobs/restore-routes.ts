import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Op } from 'sequelize';
import type { ProxyFacts } from '../../programs/arguments.ts';
import { askProxy } from '../../programs/site-provider/proxy-control.ts';
import { changeSite, markAsleep, readSite } from '../../programs/site-provider/site-files.ts';
import { renderCertificates, renderSite, routeFile } from '../../templates/site.ts';
import type { Logger } from '../logger.ts';
import type { Hosting } from '../models/hosting.ts';
import { type RouteMaterial, specOf } from './job.ts';
import type { Database } from '../stores/database.ts';

/** Folders of an earlier version, from which nginx had to be reloaded. */
const formerFolders = ['http', 'stream'];

interface Restoring {
  database: Database;
  proxy: ProxyFacts;
  material: RouteMaterial;
  logger: Logger;
}

/**
 * Writes the routes of hostings that have none: after an update from an earlier version, or when the proxy's volume is lost. What
 * an operation is at work on is left to that.
 * @throws Error when some could not be written, after all others were.
 */
export async function restoreRoutes(restoring: Restoring): Promise<void> {
  const { database, proxy, logger } = restoring;
  const settled = { status: { [Op.in]: ['running', 'asleep', 'stopped', 'suspended'] as const } };
  let failures = 0;
  for (const hosting of await database.models.Hosting.findAll({ where: settled, order: ['userId'] })) {
    const { userId } = hosting;
    try {
      if (await restoreRoute(hosting, restoring)) logger.warn({ userId }, 'a hosting had no route, and has one again');
    } catch (error) {
      // Where the proxy does not answer at all, the others would fail alike.
      await askProxy(proxy.controlSocket, `/${routeFile(userId)}`);
      failures += 1;
      logger.error({ userId, err: error }, 'a hosting has no route, and it could not be written');
    }
  }
  if (failures > 0) throw new Error(`The routes of ${failures} hostings could not be written: the log has why.`);
  for (const folder of formerFolders) await rm(join(proxy.sitesDirectory, folder), { recursive: true, force: true });
}

/** @returns whether it had none. */
async function restoreRoute(hosting: Hosting, { database, proxy, material }: Restoring): Promise<boolean> {
  const { sitesDirectory: directory, controlSocket } = proxy;
  const { userId } = hosting;
  if (routeFile(userId) in (await readSite(directory, [routeFile(userId)]))) return false;
  const underWay = { userId, state: { [Op.in]: ['queued', 'running'] as const } };
  if (await database.models.Operation.count({ where: underWay })) return false;
  const { vmIp: address, sshPort, hosts, certificates } = await specOf({ database, hosting, ...material });
  const site = { userId, address, sshPort, hosts, certificates, suspended: hosting.status === 'suspended' };
  const files = { ...renderSite(site), ...renderCertificates(site) };
  await changeSite({ directory, controlSocket, files, remove: [] });
  await markAsleep(proxy, userId, hosting.status === 'asleep');
  return true;
}
