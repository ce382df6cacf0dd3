import type { Database, Transaction } from '../stores/database.ts';
import { audit, type UserActor } from '../audit.ts';
import { AppError, HostingStateError, NotFoundError } from '../errors.ts';
import type { Hosting } from '../models/hosting.ts';
import type { KeyChange, Operation } from '../models/operation.ts';
import type { SshKey } from '../models/ssh-key.ts';
import { describeKey, maximumKeys } from './describe-ssh-key.ts';
import { inOperationTransaction, enqueue, lockHosting, assertNotBusy } from './enqueue.ts';

export interface KeyRequest {
  actor: UserActor;
  publicKey: string;
  /** The key's comment, when it is not given or empty. */
  name?: string | undefined;
}

/** A key, and the operation that changes it on the machine; null while the machine is off, as its next start does it. */
export interface KeyChanged {
  key: SshKey;
  operation: Operation | null;
}

/**
 * Writes down that a key is to open a user's machine. One that could not be brought there before is brought again.
 * @throws NotFoundError, HostingBusyError, HostingStateError; AppError `KEY_EXISTS`, `TOO_MANY_KEYS`
 */
export function requestKey(database: Database, request: KeyRequest): Promise<KeyChanged> {
  const { actor, publicKey, name } = request;
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockMachine(database, userId, transaction);
    const described = describeKey(publicKey);
    const row = { publicKey, ...described, ...(name && { name }), state: 'pending' as const };
    const existing = await database.models.SshKey.findOne({
      where: { userId, fingerprint: described.fingerprint },
      transaction,
    });
    if (existing?.state === 'installed') throw new AppError('KEY_EXISTS');
    if (!existing && (await database.models.SshKey.count({ where: { userId }, transaction })) >= maximumKeys)
      throw new AppError('TOO_MANY_KEYS', { details: { maximum: maximumKeys } });
    const key = existing
      ? await existing.update(row, { transaction })
      : await database.models.SshKey.create({ userId, ...row }, { transaction });
    await audit(database, { actor, action: 'add_key', object: `key ${key.id}`, transaction });
    return { key, operation: await bringKeys(database, hosting, { actor, keyChange: 'add' }, transaction) };
  });
}

/**
 * Writes down that a key is not to open a user's machine any more.
 * @throws NotFoundError, HostingBusyError, HostingStateError
 */
export function requestKeyRemoval(
  database: Database,
  { actor, id }: { actor: UserActor; id: string },
): Promise<KeyChanged> {
  const { userId } = actor;
  return inOperationTransaction(database, async (transaction) => {
    const hosting = await lockMachine(database, userId, transaction);
    const key = await database.models.SshKey.findOne({ where: { id, userId }, transaction });
    if (!key) throw new NotFoundError('KEY_NOT_FOUND');
    await key.update({ state: 'removing' }, { transaction });
    await audit(database, { actor, action: 'remove_key', object: `key ${id}`, transaction });
    return { key, operation: await bringKeys(database, hosting, { actor, keyChange: 'remove' }, transaction) };
  });
}

async function lockMachine(database: Database, userId: number, transaction: Transaction): Promise<Hosting> {
  const hosting = await lockHosting(database, userId, transaction);
  assertNotBusy(hosting);
  if (hosting.status === 'failed' || hosting.status === 'suspended') throw new HostingStateError(hosting.status);
  return hosting;
}

async function bringKeys(
  database: Database,
  hosting: Hosting,
  { actor, keyChange }: { actor: UserActor; keyChange: KeyChange },
  transaction: Transaction,
): Promise<Operation | null> {
  if (hosting.status !== 'running') return null;
  await hosting.update({ status: 'updating' }, { transaction });
  return enqueue(database, { kind: 'keys', keyChange, userId: hosting.userId, actor }, transaction);
}
