import { Op } from 'sequelize';
import type { AcmeAccount, Certificate } from '../models/certificate.ts';
import type { Domain } from '../models/domain.ts';
import type { Database } from '../stores/database.ts';
import { type CertificateCounts, countCertificates } from '../stores/queries/certificates.ts';

export const certificateStates = ['none', 'pending', 'active', 'failed'] as const;
export type CertificateState = (typeof certificateStates)[number];

/** How many hosts operators are shown that have a problem. */
const longestList = 50;

/** `active` while one is valid, also where renewing it fails; `failed` where there is none and the last attempt failed; else `pending`. */
export function stateOf(row: Pick<Certificate, 'notAfter' | 'failures'> | null): CertificateState {
  if (row === null) return 'none';
  if (row.notAfter !== null && row.notAfter > new Date()) return 'active';
  return row.failures === 0 ? 'pending' : 'failed';
}

/** The certificates that hosts have or are to have: their own, or the one of all hosts of their domain. */
async function certificatesFor(database: Database, hosts: string[]): Promise<Map<string, Certificate>> {
  const wildcardOf = (host: string) => host.replace(/^[^.]+/, '*');
  const where = { host: hosts.flatMap((host) => [host, wildcardOf(host)]), unwantedSince: null };
  const rows = await database.models.Certificate.findAll({ where });
  const byHost = new Map(rows.map((row) => [row.host, row]));
  return new Map(
    hosts.flatMap((host) => {
      const row = byHost.get(host) ?? byHost.get(wildcardOf(host));
      return row ? [[host, row]] : [];
    }),
  );
}

/** Those of domains of users' own, by their names. What two users have added may be the other's, of whom neither is told. */
export async function certificatesOfDomains(database: Database, domains: Domain[]): Promise<Map<string, Certificate>> {
  const found = await certificatesFor(
    database,
    domains.map(({ name }) => name),
  );
  return new Map(
    domains.flatMap(({ name, userId }) => {
      const certificate = found.get(name);
      return certificate?.userId === userId ? [[name, certificate]] : [];
    }),
  );
}

export interface CertificateReport extends CertificateCounts {
  /** Those whose last attempt failed or that have to wait, the soonest to end first. */
  failing: Certificate[];
  /** Authorities that have failed whatever was asked of them. */
  authorities: AcmeAccount[];
}

/** What operators are to know of certificates. */
export async function readCertificates(database: Database): Promise<CertificateReport> {
  const failing = { problemCode: { [Op.not]: null } };
  return {
    ...(await countCertificates(database)),
    failing: await database.models.Certificate.findAll({
      where: { ...failing, unwantedSince: null },
      order: ['notAfter', 'host'],
      limit: longestList,
    }),
    authorities: await database.models.AcmeAccount.findAll({ where: failing, order: ['directory'] }),
  };
}
