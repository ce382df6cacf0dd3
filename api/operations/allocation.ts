import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { holdLock } from '../stores/locks.ts';
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
 * Chooses an address and a port that no hosting has, for a row written in the same transaction. Allocations wait for
 * one another until their transactions end; the unique constraints hold even if this were wrong.
 * The port is drawn at random, so that one which another program on the host occupies does not fail every attempt.
 * @throws AppError `NO_ROOM` when all addresses or all ports are taken.
 */
export async function allocate(
  database: Sequelize,
  range: AllocationRange,
  transaction: Transaction,
): Promise<Allocation> {
  const select = selectIn(database, transaction);
  await holdLock(database, 'allocation', transaction);
  const { firstVmAddress, vmAddressCount } = networkFacts(range.network);
  const [address] = await select<{ ip: string }>(
    `SELECT host($1::inet + n) AS ip FROM generate_series(0, $2::int - 1) AS n
     WHERE NOT EXISTS (SELECT FROM hostings WHERE vm_ip = $1::inet + n) ORDER BY n LIMIT 1`,
    [firstVmAddress, vmAddressCount],
  );
  if (!address) throw new AppError('NO_ROOM', { details: { exhausted: 'addresses' } });
  const sshPort = await drawPort(select, range, []);
  if (sshPort === undefined) throw new AppError('NO_ROOM', { details: { exhausted: 'ports' } });
  return { vmIp: address.ip, sshPort };
}

/**
 * Gives a hosting another port than the one it has, and than those that other programs were found on.
 * @returns whether there was one.
 * @throws ClaimLostError
 */
export async function movePort(
  database: Sequelize,
  claim: Claim,
  { hosting, range, taken }: { hosting: Hosting; range: PortRange; taken: number[] },
): Promise<boolean> {
  return database.transaction(async (transaction) => {
    await requireClaim(database, claim, transaction);
    const select = selectIn(database, transaction);
    await holdLock(database, 'allocation', transaction);
    const sshPort = await drawPort(select, range, taken);
    if (sshPort === undefined) return false;
    await hosting.update({ sshPort }, { transaction });
    return true;
  });
}

type Select = <Row extends object>(sql: string, bind: unknown[]) => Promise<Row[]>;

function selectIn(database: Sequelize, transaction: Transaction): Select {
  return <Row extends object>(sql: string, bind: unknown[]) =>
    database.query<Row>(sql, { bind, transaction, type: QueryTypes.SELECT });
}

async function drawPort(
  select: Select,
  { firstPort, lastPort }: PortRange,
  taken: number[],
): Promise<number | undefined> {
  const [row] = await select<{ port: number }>(
    `SELECT port FROM generate_series($1::int, $2::int) AS port
     WHERE port <> ALL($3::int[]) AND NOT EXISTS (SELECT FROM hostings WHERE ssh_port = port) ORDER BY random() LIMIT 1`,
    [firstPort, lastPort, taken],
  );
  return row?.port;
}
