import { Op } from 'sequelize';
import type { Database } from '../stores/database.ts';
import { raiseRouteRevision } from '../stores/queries/routes.ts';
import type { CertificateError } from './errors.ts';
import type { Issued } from './order.ts';
import { nextAttempt, renewalOf } from './schedule.ts';
import type { Seal } from './seal.ts';

/** What a certificate's key is sealed for. */
const placeOf = (host: string) => `the certificate of ${host}`;

/** The certificates of hosts, each with its key in one PEM, of those that have one. @throws SealError */
export async function certificatesOf(database: Database, hosts: string[], seal: Seal): Promise<Record<string, string>> {
  const inForce = { notAfter: { [Op.gt]: new Date() }, unwantedSince: null };
  const rows = await database.models.Certificate.findAll({ where: { host: hosts, ...inForce } });
  return Object.fromEntries(
    rows.flatMap(({ host, chain, sealedKey }) =>
      chain === null || sealedKey === null ? [] : [[host, `${chain}${seal.open(sealedKey, placeOf(host))}`]],
    ),
  );
}

/** Keeps a new certificate, and has its site's route made anew with it. */
export async function keepIssued(
  database: Database,
  { host, issued, seal }: { host: string; issued: Issued; seal: Seal },
): Promise<void> {
  const { Certificate, AcmeAccount } = database.models;
  const { chain, key, notBefore, notAfter } = issued;
  const good = { failures: 0, problemCode: null, problemDetail: null };
  await database.transaction(async (transaction) => {
    // The host may be nobody's any more.
    const row = await Certificate.findByPk(host, { transaction, lock: true });
    const kept = { chain, sealedKey: seal.close(key, placeOf(host)), notBefore, notAfter };
    await row?.update({ ...kept, ...good, nextAttemptAt: renewalOf(issued) }, { transaction });
    if (row && row.userId !== null) await raiseRouteRevision(database, row.userId, transaction);
    // What another failed by, that was asked before this one, is no concern any more.
    await AcmeAccount.update(
      { ...good, nextAttemptAt: new Date() },
      { where: { failures: { [Op.gt]: 0 } }, transaction },
    );
  });
}

/**
 * Writes down why an order failed, and when the next is to be tried.
 * @returns whether the authority is to be left alone for now, whatever the host.
 */
export async function keepFailure(
  database: Database,
  { directory, host, error }: { directory: string; host: string; error: CertificateError },
): Promise<boolean> {
  const { Certificate, AcmeAccount, Domain } = database.models;
  const { code, message, retryAfter, isOfAuthority } = error;
  const problem = { problemCode: code, problemDetail: message };
  return await database.transaction(async (transaction) => {
    const row = await Certificate.findByPk(host, { transaction, lock: true });
    const failures = (row?.failures ?? 0) + 1;
    await row?.update({ ...problem, failures, nextAttemptAt: nextAttempt(failures, retryAfter) }, { transaction });
    const account = await AcmeAccount.findByPk(directory, { transaction, lock: true, rejectOnEmpty: true });
    if (!isOfAuthority) {
      await account.update({ failures: 0, problemCode: null, problemDetail: null }, { transaction });
      return false;
    }
    // Users can use up what there is for a domain of theirs, here and elsewhere: that is nobody else's affair.
    if (code === 'rateLimited' && (await Domain.count({ where: { name: host }, transaction })) > 0) return false;
    // Limits of one domain do not hold up all others for as long.
    const wait = code === 'rateLimited' ? 0 : retryAfter;
    const next = { failures: account.failures + 1, nextAttemptAt: nextAttempt(account.failures + 1, wait) };
    const forgotten = code === 'accountDoesNotExist' && { url: null };
    await account.update({ ...problem, ...next, ...forgotten }, { transaction });
    return true;
  });
}
