import { randomBytes } from 'node:crypto';
import { Op } from 'sequelize';
import { audit, type UserActor } from '../audit.ts';
import { AppError, NotFoundError, ValidationError } from '../errors.ts';
import { type Language, translate } from '../messages.ts';
import { type Domain, heldStates } from '../models/domain.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { raiseRouteRevision } from '../stores/queries/routes.ts';
import { asciiName, readDomain } from './domain-name.ts';

/** How many a site may have. */
export const maximumDomains = 10;

export interface DomainRequest {
  actor: UserActor;
  /** As the user writes it. */
  name: string;
}

/** A user's domains, in order of name; those that were let go too. */
export function listDomains(database: Database, userId: number): Promise<Domain[]> {
  return database.models.Domain.findAll({ where: { userId }, order: ['name'] });
}

/**
 * Writes down that a domain is to lead to a user's site. Workers then look whether it is theirs.
 * @param service hosts of the service itself
 * @throws ValidationError for what is no domain, or one that nobody may have; NotFoundError without a hosting; AppError
 * `DOMAIN_EXISTS`, `DOMAIN_TAKEN`, `TOO_MANY_DOMAINS`
 */
export function addDomain(
  database: Database,
  { actor, name: typed, service, language }: DomainRequest & { service: string[]; language: Language },
): Promise<Domain> {
  const { userId } = actor;
  const { name, complaint } = readDomain(typed, service);
  if (complaint) throw new ValidationError([{ path: 'body.name', message: translate(complaint, language) }]);
  return database.transaction(async (transaction) => {
    // Requests of one user come one after another from here on.
    const { Domain, Hosting } = database.models;
    const hosting = await Hosting.findByPk(userId, { transaction, lock: true });
    if (!hosting) throw new NotFoundError('HOSTING_NOT_FOUND');
    const own = await Domain.findOne({ where: { userId, name }, transaction });
    if (own && own.state !== 'released') throw new AppError('DOMAIN_EXISTS');
    await own?.destroy({ transaction });
    if (await isHeldByAnother(database, { userId, name }, transaction)) throw new AppError('DOMAIN_TAKEN');
    const where = { userId, state: { [Op.ne]: 'released' } as const };
    if ((await Domain.count({ where, transaction })) >= maximumDomains)
      throw new AppError('TOO_MANY_DOMAINS', { details: { maximum: maximumDomains } });
    // What its user made in the DNS for one that was let go is a proof still.
    const token = own?.token ?? randomBytes(18).toString('base64url');
    const row = { userId, name, token, nextCheckAt: new Date() };
    const domain = await Domain.create(row, { transaction });
    await audit(database, { actor, action: 'add_domain', object: `domain ${name}`, transaction });
    return domain;
  });
}

/** Takes a domain from a user's site. @throws NotFoundError */
export function removeDomain(database: Database, { actor, name: typed }: DomainRequest): Promise<Domain> {
  return database.transaction(async (transaction) => {
    const domain = await lockDomain(database, actor.userId, typed, transaction);
    await domain.destroy({ transaction });
    if (isHeld(domain)) await raiseRouteRevision(database, domain.userId, transaction);
    await audit(database, { actor, action: 'remove_domain', object: `domain ${domain.name}`, transaction });
    return domain;
  });
}

/** Has a domain looked at as soon as a worker gets to it. @throws NotFoundError, for one that was let go too */
export function requestCheck(database: Database, { actor, name: typed }: DomainRequest): Promise<Domain> {
  return database.transaction(async (transaction) => {
    const domain = await lockDomain(database, actor.userId, typed, transaction);
    if (domain.state === 'released') throw new NotFoundError('DOMAIN_NOT_FOUND');
    return domain.update({ nextCheckAt: new Date() }, { transaction });
  });
}

/** Whether a domain leads to its user's site. */
export function isHeld({ state }: Domain): boolean {
  return (heldStates as readonly string[]).includes(state);
}

/** Whether another user has proven that a domain is theirs. */
export async function isHeldByAnother(
  database: Database,
  { userId, name }: Pick<Domain, 'userId' | 'name'>,
  transaction: Transaction,
): Promise<boolean> {
  const where = { name, userId: { [Op.ne]: userId }, state: { [Op.in]: [...heldStates] } };
  return (await database.models.Domain.count({ where, transaction })) > 0;
}

/** A user's domain by its name in any spelling, locked after the row of their hosting, as all do it. */
async function lockDomain(
  database: Database,
  userId: number,
  typed: string,
  transaction: Transaction,
): Promise<Domain> {
  const { Domain, Hosting } = database.models;
  const name = asciiName(typed);
  await Hosting.findByPk(userId, { transaction, lock: true });
  const domain = name === '' ? null : await Domain.findOne({ where: { userId, name }, transaction, lock: true });
  if (!domain) throw new NotFoundError('DOMAIN_NOT_FOUND');
  return domain;
}
