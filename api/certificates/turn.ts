import type { Logger } from '../logger.ts';
import type { Database } from '../stores/database.ts';
import { countOrder, endTurn, nextDueHost, takeTurn } from '../stores/queries/certificates.ts';
import { type Account, type Authority, newAccountKey, obtain, orderSeconds } from './authority.ts';
import { dnsAnswerer, httpAnswerer, removeOldChallenges } from './challenges.ts';
import { CertificateError } from './errors.ts';
import { keepFailure, keepIssued } from './keep.ts';
import type { Seal } from './seal.ts';
import { restoreOwn } from './own.ts';
import { type KeptCertificates, tidyCertificates } from './tidy.ts';

/** Seconds beyond the longest order until another worker takes over from one that is gone. */
const grace = 240;

export interface CertificateWork extends KeptCertificates {
  authority: Authority;
  /** Program that makes records for a wildcard; undefined for none. */
  dnsHook: string | undefined;
  /** This worker's name. */
  worker: string;
  logger: Logger;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
}

/**
 * Sees to it that each host has its certificate: orders and renews those that are due, one after another and by one worker at a
 * time, and puts the service's own back where the proxy does not have them.
 */
export async function keepCertificates(work: CertificateWork): Promise<void> {
  const { database, authority, signal } = work;
  await tidyCertificates(work, authority.directory);
  while (!signal.aborted && (await nextDueHost(database)) && (await orderNext(work))) await restoreOwn(work);
}

/** @returns whether it was this worker's turn, and something was due */
async function orderNext(work: CertificateWork): Promise<boolean> {
  const { database, authority, seal, worker } = work;
  const { directory } = authority;
  await database.models.AcmeAccount.findOrCreate({
    where: { directory },
    defaults: { directory, sealedKey: seal.close(newAccountKey(), placeOf(directory)) },
  });
  if (!(await takeTurn(database, { directory, worker, seconds: orderSeconds + grace }))) return false;
  try {
    // Another worker may have ordered it a moment ago.
    const host = await nextDueHost(database);
    if (host === null) return false;
    await countOrder(database, host);
    return await order(work, host);
  } finally {
    await endTurn(database, { directory, worker });
  }
}

/** @returns whether more may be asked of the authority. */
async function order(work: CertificateWork, host: string): Promise<boolean> {
  const { database, authority, seal, proxy, dnsHook, logger, signal } = work;
  const { directory } = authority;
  try {
    await removeOldChallenges(proxy);
    const answerer = host.startsWith('*.') && dnsHook ? dnsAnswerer(dnsHook, signal) : httpAnswerer(proxy);
    const account = await accountAt(database, directory, seal);
    const onAccount = async (url: string) =>
      void (await database.models.AcmeAccount.update({ url }, { where: { directory } }));
    const issued = await obtain(authority, { account, host, answerer, signal, onAccount });
    await keepIssued(database, { host, issued, seal });
    logger.info({ host, until: issued.notAfter }, 'a host has a new certificate');
    return true;
  } catch (error) {
    // This worker's own end says nothing of the authority.
    if (signal.aborted) return false;
    const known = error instanceof CertificateError ? error : internal(error);
    if (known === error) logger.warn({ host, code: known.code, reason: known.message }, 'a host gets no certificate');
    else logger.error({ host, err: error }, 'a host gets no certificate');
    return !(await keepFailure(database, { directory, host, error: known }));
  }
}

const internal = (cause: unknown) => new CertificateError('internal', 'This is a fault of the server.', { cause });

const placeOf = (directory: string) => `the account at ${directory}`;

async function accountAt(database: Database, directory: string, seal: Seal): Promise<Account> {
  const { sealedKey, url } = await database.models.AcmeAccount.findByPk(directory, { rejectOnEmpty: true });
  return { key: seal.open(sealedKey, placeOf(directory)), url };
}
