import { randomUUID } from 'node:crypto';
import type { Transaction } from 'sequelize';
import type { Database } from '../../../api/stores/database.ts';
import type { HostingStatus } from '../../../api/models/hosting.ts';
import { type Operation, type OperationFailure, type OperationKind, userOf } from '../../../api/models/operation.ts';
import { type Claim, claimNext, endOperation } from '../../../api/operations/claim.ts';
import { onBehalfOf } from '../../../api/audit.ts';
import { requestCreate } from '../../../api/operations/hosting.ts';

const range = { network: '10.0.0.0/16', firstPort: 10000, lastPort: 20000 };

/** A create written down and queued for a user, as the API does it; nothing is announced. */
export function queueCreate(database: Database, userId: number): Promise<Operation> {
  return requestCreate(database, range, { actor: onBehalfOf(userId), sshPublicKeys: [], sshPasswordHash: null });
}

/** Queues operations of as many users, without a hosting and without a word to anybody. @returns their ids, the oldest first */
export async function queueMany(
  { models }: Database,
  count: number,
  kind: OperationKind = 'create',
): Promise<string[]> {
  const named = Array.from({ length: count }, () => randomUUID());
  const users = await models.User.bulkCreate(
    named.map((name) => ({ email: `${name}@example.com`, username: name, passwordHash: 'none' })),
  );
  const now = Date.now();
  const operations = users.map(({ id: userId }, index) => {
    return { userId, kind, createdAt: new Date(now - 1_000 * (count - index)) };
  });
  return (await models.Operation.bulkCreate(operations)).map(({ id }) => id);
}

let lastClaim: Promise<unknown> = Promise.resolve();

/**
 * Has a worker take one operation. Those that wait before it are locked meanwhile, and so passed over; it is the oldest
 * meanwhile, as another test may write one down between the lock and the claim.
 */
export function claim(database: Database, id: string, worker = 'worker-1'): Promise<Claim> {
  const claimed = lastClaim.then(async () => {
    const age = (by: string) =>
      database.query('UPDATE operations SET created_at = created_at - $2::interval WHERE id = $1', { bind: [id, by] });
    await age('1000 days');
    try {
      return await database.transaction(async (transaction) => {
        await database.query('SELECT FROM operations WHERE id <> $1 FOR SHARE', { bind: [id], transaction });
        const claim = await claimNext(database, worker);
        if (claim?.operation.id !== id) throw new Error(`operation ${id} cannot be claimed`);
        return claim;
      });
    } finally {
      await age('-1000 days');
    }
  });
  lastClaim = claimed.catch(() => undefined);
  return claimed;
}

/** Lets a claim lapse as twenty seconds without a renewal would. */
export async function letLapse(database: Database, id: string): Promise<void> {
  await database.query("UPDATE operations SET lease_until = now() - interval '1 second' WHERE id = $1", { bind: [id] });
}

/** The end of a create, as a worker writes it. */
export function endCreate(database: Database, claim: Claim, error?: OperationFailure): Promise<void> {
  const where = { userId: userOf(claim.operation) };
  const run = (transaction: Transaction) =>
    database.models.Hosting.update({ status: 'running' }, { where, transaction });
  const remove = (transaction: Transaction) => database.models.Hosting.destroy({ where, transaction });
  return endOperation(
    database,
    claim,
    error ? { state: 'failed', error, effect: remove } : { state: 'succeeded', effect: run },
  );
}

/** Everything there is of an operation, to tell whether anything changed. */
export async function snapshot({ models }: Database, id: string): Promise<object> {
  const operation = await models.Operation.findByPk(id, { rejectOnEmpty: true });
  const hosting = await models.Hosting.findByPk(userOf(operation));
  const events = await models.OperationEvent.findAll({ where: { operationId: id }, order: [['id', 'ASC']] });
  return { operation: operation.toJSON(), hosting: hosting?.toJSON(), events: events.map((event) => event.toJSON()) };
}

/** A hosting that runs, as its rows tell. @returns the id of the operation that created it */
export async function makeHosting(database: Database, userId: number): Promise<string> {
  const { id } = await queueCreate(database, userId);
  await endCreate(database, await claim(database, id));
  return id;
}

/** The end of a delete, as a worker writes it. */
export function endDelete(database: Database, claim: Claim, error?: OperationFailure): Promise<void> {
  const where = { userId: userOf(claim.operation) };
  const remove = (transaction: Transaction) => database.models.Hosting.destroy({ where, transaction });
  const keep = (transaction: Transaction) =>
    database.models.Hosting.update({ status: 'failed' }, { where, transaction });
  return endOperation(
    database,
    claim,
    error ? { state: 'failed', error, effect: keep } : { state: 'succeeded', effect: remove },
  );
}

/** What a hosting is after an operation of each other kind that succeeded. */
const statusAfter: Partial<Record<OperationKind, HostingStatus>> = {
  start: 'running',
  stop: 'stopped',
  restart: 'running',
  suspend: 'suspended',
  sleep: 'asleep',
  wake: 'running',
  resume: 'running',
  keys: 'running',
  password: 'running',
};

const statusAfterFailure = (kind: OperationKind): HostingStatus => (kind === 'wake' ? 'asleep' : 'running');

/** Does what a worker does with a user's latest operation. */
export async function endLatest(database: Database, userId: number, error?: OperationFailure): Promise<void> {
  const order = [['createdAt', 'DESC']] as [string, string][];
  const { id } = await database.models.Operation.findOne({ where: { userId }, order, rejectOnEmpty: true });
  await endAsAsked(database, await claim(database, id), error);
}

/** The end of an operation of any kind, as a worker writes it; a failed one leaves the machine on, or asleep. */
export async function endAsAsked(database: Database, claim: Claim, error?: OperationFailure): Promise<void> {
  const { kind } = claim.operation;
  const userId = userOf(claim.operation);
  if (kind === 'create') return endCreate(database, claim, error);
  if (kind === 'delete') return endDelete(database, claim, error);
  const where = { userId };
  const effect = async (transaction: Transaction) => {
    const status = error ? statusAfterFailure(kind) : (statusAfter[kind] ?? 'running');
    const hosting = await database.models.Hosting.findByPk(userId, { rejectOnEmpty: true, transaction });
    await hosting.update({ status, startedAt: status === 'running' ? new Date() : null }, { transaction });
    const { nextPasswordHash } = hosting;
    if (kind === 'password' && !error) await hosting.update({ sshPasswordHash: nextPasswordHash }, { transaction });
    if (error) return;
    await database.models.SshKey.update({ state: 'installed' }, { where: { ...where, state: 'pending' }, transaction });
    await database.models.SshKey.destroy({ where: { ...where, state: 'removing' }, transaction });
  };
  await endOperation(database, claim, error ? { state: 'failed', error, effect } : { state: 'succeeded', effect });
}
