import { audit, systemActor } from '../audit.ts';
import type { Logger } from '../logger.ts';
import type { AuditAction } from '../models/audit-event.ts';
import type { Domain, Findings } from '../models/domain.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { holdLock } from '../stores/locks.ts';
import { countDomains, type DueDomain, takeDueDomains } from '../stores/queries/domains.ts';
import { raiseRouteRevision } from '../stores/queries/routes.ts';
import { isOfService } from './domain-name.ts';
import { isHeld, isHeldByAnother } from './domains.ts';
import { siteHost } from './hosts.ts';
import { lookAt, type Whereabouts } from './proof.ts';
import { standingAfter } from './state.ts';

/** How many are looked at side by side, and seconds after which another worker may take them: longer than any look. */
const turn = { count: 8, seconds: 120 };

export interface DomainChecks {
  database: Database;
  whereabouts: Whereabouts;
  /** Below which sites have their hosts; empty where they have none. */
  sitesDomain: string;
  /** Hosts of the service itself. */
  serviceHosts: string[];
  logger: Logger;
}

/** Looks at domains whose turn it is, some at a time, and has routes follow what was found. */
export async function checkDueDomains(checks: DomainChecks): Promise<void> {
  const due = await takeDueDomains(checks.database, turn);
  const ended = await Promise.allSettled(due.map((domain) => checkDomain(domain, checks)));
  const failed = ended.find((one) => one.status === 'rejected');
  // Those that failed come up again; the others are done all the same.
  if (failed) throw failed.reason;
}

async function checkDomain(due: DueDomain, checks: DomainChecks): Promise<void> {
  const { database, sitesDomain, serviceHosts, whereabouts, logger } = checks;
  // Once the operator gives the service another name.
  if (isOfService(due.name, serviceHosts)) return settle(due, { database, logger, change: releaseNow });
  const findings = await lookAt({ ...due, siteHost: siteHost(due.siteName, sitesDomain) }, whereabouts);
  await settle(due, {
    database,
    logger,
    change: (domain, transaction) => take(findings, { domain, database, transaction }),
  });
}

interface Settling {
  database: Database;
  logger: Logger;
  /** What the domain's row is to say. */
  change: (domain: Domain, transaction: Transaction) => Promise<Partial<Domain>>;
}

/** Writes down what a domain is now, unless its user has taken it away meanwhile. */
async function settle({ id, userId }: DueDomain, { database, logger, change }: Settling): Promise<void> {
  await database.transaction(async (transaction) => {
    const { Domain, Hosting } = database.models;
    await Hosting.findByPk(userId, { transaction, lock: true });
    const domain = await Domain.findByPk(id, { transaction, lock: true });
    if (!domain) return;
    const { state: before, name, nextCheckAt } = domain;
    // Its user has asked for another look since this one began.
    const isAskedFor = nextCheckAt !== null && nextCheckAt <= new Date();
    const wasHeld = isHeld(domain);
    await domain.update({ checkedAt: new Date(), ...(await change(domain, transaction)) }, { transaction });
    if (isAskedFor && domain.nextCheckAt) await domain.update({ nextCheckAt }, { transaction });
    if (domain.state === before) return;
    if (wasHeld !== isHeld(domain)) await raiseRouteRevision(database, userId, transaction);
    logger.info(
      { domain: name, userId, before, state: domain.state, findings: domain.findings },
      'a domain has changed',
    );
    await audit(database, {
      actor: systemActor,
      action: actionOf(before, domain),
      object: `domain ${name}`,
      transaction,
    });
  });
}

function actionOf(before: Domain['state'], { state }: Domain): AuditAction {
  if (state === 'active') return before === 'unproven' ? 'prove_domain' : 'recover_domain';
  return state === 'lapsing' ? 'lapse_domain' : 'release_domain';
}

async function take(
  findings: Findings,
  { domain, database, transaction }: { domain: Domain; database: Database; transaction: Transaction },
): Promise<Partial<Domain>> {
  let found = findings;
  if (found.missing.length === 0 && domain.state === 'unproven') {
    // Two that prove it at the same moment come one after the other here.
    await holdLock(database, 'domains', transaction);
    if (await isHeldByAnother(database, domain, transaction))
      found = { ...found, missing: [{ code: 'taken', found: [] }] };
  }
  const { manyAtOnce } = await countDomains(database, transaction);
  const { state, goneSince, createdAt } = domain;
  const now = new Date();
  const sparedAt = manyAtOnce ? now : domain.sparedAt;
  return { findings: found, sparedAt, ...standingAfter({ state, goneSince, sparedAt, createdAt }, found, now) };
}

function releaseNow(): Promise<Partial<Domain>> {
  const now = new Date();
  return Promise.resolve({ state: 'released', findings: null, goneSince: now, releasedAt: now, nextCheckAt: null });
}
