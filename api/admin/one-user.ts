import { Op } from 'sequelize';
import { certificatesOfDomains } from '../certificates/report.ts';
import { NotFoundError } from '../errors.ts';
import type { Certificate } from '../models/certificate.ts';
import type { Domain } from '../models/domain.ts';
import type { Session } from '../models/session.ts';
import type { SshKey } from '../models/ssh-key.ts';
import type { User } from '../models/user.ts';
import type { Database } from '../stores/database.ts';
import { findHosting, type ShownHosting } from '../stores/queries/hostings.ts';

/** A domain of a user's own, with its certificate. */
export interface KnownDomain {
  domain: Domain;
  certificate: Certificate | null;
}

/** All that an operator sees of a user. */
export interface UserReport {
  user: User;
  own: ShownHosting | null;
  domains: KnownDomain[];
  keys: SshKey[];
  /** Those that go on, the one used last first. */
  sessions: Session[];
}

/** @throws NotFoundError, also when the account is deleted */
export async function readUser(database: Database, userId: number): Promise<UserReport> {
  const [user, own, domains, keys, sessions] = await Promise.all([
    database.models.User.findByPk(userId),
    findHosting(database, userId),
    readDomains(database, userId),
    database.models.SshKey.findAll({ where: { userId }, order: [['createdAt', 'ASC']] }),
    database.models.Session.findAll({
      where: { userId, expiresAt: { [Op.gt]: new Date() } },
      order: [['lastUsedAt', 'DESC']],
    }),
  ]);
  if (!user) throw new NotFoundError('USER_NOT_FOUND');
  return { user, own, domains, keys, sessions };
}

async function readDomains(database: Database, userId: number): Promise<KnownDomain[]> {
  const domains = await database.models.Domain.findAll({ where: { userId }, order: ['name'] });
  const certificates = await certificatesOfDomains(database, domains);
  return domains.map((domain) => ({ domain, certificate: certificates.get(domain.name) ?? null }));
}
