import type { Database, Transaction } from '../stores/database.ts';
import { holdLock } from '../stores/locks.ts';
import { lowestFreeAddress, randomFreePort } from '../stores/queries/allocation.ts';
import { AppError } from '../errors.ts';
import type { Hosting } from '../models/hosting.ts';
import { type Claim, requireClaim } from './claim.ts';
import { networkFacts } from '../config/network.ts';

export interface PortRange {
  firstPort: number;
  lastPort: number;
}

export interface AllocationRange extends PortRange {
  /** IPv4 network in CIDR notation; its first host address is the gateway. */
  network: string;
}

export interface Allocation {
  vmIp: string;
  sshPort: number;
}

/**
 * Chooses an address and a port that no hosting and no spare machine has, for a row written in the same transaction. Allocations
 * wait for one another until their transactions end; among hostings unique constraints hold even if this were wrong.
 * The port is drawn at random, so that one which another program on the host occupies does not fail every attempt.
 * @throws AppError `NO_ROOM` when all addresses or all ports are taken.
 */
export async function allocate(
  database: Database,
  range: AllocationRange,
  transaction: Transaction,
): Promise<Allocation> {
  await holdLock(database, 'allocation', transaction);
  const vmIp = await lowestFreeAddress(database, networkFacts(range.network), transaction);
  if (vmIp === undefined) throw new AppError('NO_ROOM', { details: { exhausted: 'addresses' } });
  const sshPort = await randomFreePort(database, range, transaction);
  if (sshPort === undefined) throw new AppError('NO_ROOM', { details: { exhausted: 'ports' } });
  return { vmIp, sshPort };
}

/**
 * Gives a hosting another port than the one it has, and than those that other programs were found on.
 * @returns whether there was one.
 * @throws ClaimLostError
 */
export async function movePort(
  database: Database,
  claim: Claim,
  { hosting, range, taken }: { hosting: Hosting; range: PortRange; taken: number[] },
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    await requireClaim(database, claim, transaction);
    await holdLock(database, 'allocation', transaction);
    const sshPort = await randomFreePort(database, { ...range, except: taken }, transaction);
    if (sshPort === undefined) return false;
    await hosting.update({ sshPort }, { transaction });
    return true;
  });
}
