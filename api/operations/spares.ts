import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../errors.ts';
import { systemActor } from '../audit.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { holdLock } from '../stores/locks.ts';
import { spareDemand, sparesToDiscard } from '../stores/queries/spares.ts';
import { allocate, type AllocationRange } from './allocation.ts';
import { enqueue } from './enqueue.ts';

/** How many spare machines there are to be, and of what. */
export interface SparePlan {
  least: number;
  most: number;
  range: AllocationRange;
  /** Id of the guest image of machines that are made now. */
  image: string;
  /** Spare machines that were looked at, and have no saved memory. */
  unsaved: number[];
  /** Whether there is room for another one. */
  hasRoom: boolean;
}

/**
 * Asks for the next spare machine where one more is wanted, and has those taken away that are of no use any more. One is
 * prepared at a time, and only while nobody waits for anything: as many are wanted as hostings were asked for of late.
 */
export async function reconcileSpares(database: Database, plan: SparePlan): Promise<void> {
  await database.transaction(async (transaction) => {
    await holdLock(database, 'spares', transaction);
    await discardSpares(database, plan, transaction);
    const { there, creates, isBusy } = await spareDemand(database, transaction);
    const wanted = Math.min(plan.most, Math.max(plan.least, creates));
    if (isBusy || there >= wanted || !plan.hasRoom) return;
    await prepareSpare(database, plan.range, transaction).catch((error: unknown) => {
      // Users who ask are told so.
      if (!(error instanceof AppError && error.code === 'NO_ROOM')) throw error;
    });
  });
}

async function discardSpares(database: Database, plan: SparePlan, transaction: Transaction): Promise<void> {
  const { image, unsaved, most, range } = plan;
  const facts = { image, unsaved, most, ...range };
  for (const { machineId, state } of await sparesToDiscard(database, facts, transaction)) {
    // One that is adopted is its user's machine: only what its life before left is taken away. Of the others a user may just
    // have been given one.
    const becomes = state === 'adopted' ? state : 'discarding';
    const [changed] = await database.models.Spare.update(
      { state: becomes },
      { where: { machineId, state }, transaction },
    );
    if (changed === 0) continue;
    await enqueue(database, { kind: 'discard', machineId, actor: systemActor }, transaction);
  }
}

async function prepareSpare(database: Database, range: AllocationRange, transaction: Transaction): Promise<void> {
  const identity = { instanceId: randomUUID(), randomSeed: randomBytes(64).toString('base64') };
  const place = await allocate(database, range, transaction);
  const { machineId } = await database.models.Spare.create(
    { state: 'preparing', ...identity, ...place },
    { transaction },
  );
  await enqueue(database, { kind: 'prepare', machineId, actor: systemActor }, transaction);
}
