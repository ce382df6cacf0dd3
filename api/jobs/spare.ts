import type { Database } from '../stores/database.ts';
import type { Transaction } from 'sequelize';
import { StoppedError } from '../../stacks/errors.ts';
import type { SpareStacks } from '../../stacks/spares.ts';
import type { AllocationRange } from '../operations/allocation.ts';
import { reconcileSpares } from '../operations/spares.ts';
import { describeFailure, type Outcome, assertHarmless, runOf, type SpareJob } from './job.ts';

/** Makes a spare machine, and puts it to sleep; undoes what was made when that fails. */
export async function prepareSpare(job: SpareJob): Promise<Outcome | 'released'> {
  const { claim, spares, spare, logger } = job;
  try {
    assertHarmless(job);
    if (claim.attempt > 1) await clear(job);
    const { image } = await spares.prepare(spare, runOf(job));
    return { state: 'succeeded', effect: (transaction) => spare.update({ state: 'asleep', image }, { transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'a spare machine could not be prepared');
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: await clear(job).then(
        () => (transaction: Transaction) => spare.destroy({ transaction }),
        (second: unknown) => {
          logger.error({ err: second }, 'what was made could not be removed; it is tried again');
          return (transaction: Transaction) => spare.update({ state: 'discarding' }, { transaction });
        },
      ),
    };
  }
}

/** Takes a spare machine away; of one that a user has been given, only what its life before left. */
export async function discardSpare(job: SpareJob): Promise<Outcome | 'released'> {
  const { spares, spare, logger, signal } = job;
  try {
    assertHarmless(job);
    job.onStep('remove');
    await (spare.state === 'adopted' ? spares.forget(spare, signal) : clear(job));
    return { state: 'succeeded', effect: (transaction) => spare.destroy({ transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'a spare machine could not be removed; it is tried again');
    return { state: 'failed', error: describeFailure(error), effect: () => Promise.resolve() };
  }
}

/** Takes away whatever there is of a spare machine. @throws StackError */
export function clear({ spares, spare, signal, letNext, logger }: SpareJob): Promise<void> {
  return spares.remove(spare, {
    signal,
    onEngine: letNext,
    onDestroyFailed: (error) => logger.warn({ err: error }, 'the engine could not destroy the stack; removing by name'),
  });
}

export interface SpareOptions {
  database: Database;
  spares: SpareStacks;
  least: number;
  most: number;
  range: AllocationRange;
  /** Whether another machine may be started, and has room. */
  hasRoom: () => Promise<boolean>;
}

/** Looks how many spare machines there are, and asks for what is to be done about it. */
export async function keepSpares({ database, spares, least, most, range, hasRoom }: SpareOptions): Promise<void> {
  const ready = await database.models.Spare.findAll({ where: { state: 'asleep' } });
  const ids = ready.map(({ machineId }) => machineId);
  const saved = new Set(await spares.asleep(ids));
  const unsaved = ids.filter((id) => !saved.has(id));
  const wanted = spares.arePossible ? { least, most } : { least: 0, most: 0 };
  await reconcileSpares(database, { ...wanted, range, image: spares.image, unsaved, hasRoom: await hasRoom() });
}
