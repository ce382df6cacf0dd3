import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { NoRoomError } from '../errors.ts';
import { networkFacts } from '../network.ts';

// Names a lock of ours among all advisory locks of the database; any number will do.
const allocationLock = 7_201_002;

export interface AllocationRange {
  /** IPv4 network in CIDR notation; its first host address is the gateway. */
  network: string;
  firstPort: number;
  lastPort: number;
}

export interface Allocation {
  vmIp: string;
  sshPort: number;
}

/**
 * Chooses an address and a port that no hosting has, for a row written in the same transaction. Allocations wait for
 * one another until their transactions end; the unique constraints hold even if this were wrong.
 * The port is drawn at random, so that one which another program on the host occupies does not fail every attempt.
 * @throws NoRoomError when all addresses or all ports are taken.
 */
export async function allocate(
  database: Sequelize,
  range: AllocationRange,
  transaction: Transaction,
): Promise<Allocation> {
  const select = <Row extends object>(sql: string, bind: unknown[]) =>
    database.query<Row>(sql, { bind, transaction, type: QueryTypes.SELECT });
  await select('SELECT pg_advisory_xact_lock($1)', [allocationLock]);
  const { firstVmAddress, vmAddressCount } = networkFacts(range.network);
  const [address] = await select<{ ip: string }>(
    `SELECT host($1::inet + n) AS ip FROM generate_series(0, $2::int - 1) AS n
     WHERE NOT EXISTS (SELECT FROM hostings WHERE vm_ip = $1::inet + n) ORDER BY n LIMIT 1`,
    [firstVmAddress, vmAddressCount],
  );
  if (!address) throw new NoRoomError('addresses');
  const [port] = await select<{ port: number }>(
    `SELECT port FROM generate_series($1::int, $2::int) AS port
     WHERE NOT EXISTS (SELECT FROM hostings WHERE ssh_port = port) ORDER BY random() LIMIT 1`,
    [range.firstPort, range.lastPort],
  );
  if (!port) throw new NoRoomError('ports');
  return { vmIp: address.ip, sshPort: port.port };
}
