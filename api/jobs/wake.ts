import { StoppedError } from '../../stacks/errors.ts';
import { awake } from '../models/hosting.ts';
import { requireClaim } from '../operations/claim.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, rowAfterFailure, runOf } from './job.ts';
import { bringWaitingKeys } from './ssh-keys.ts';

/** Wakes a machine that sleeps, for a visitor or its user. One that cannot be resumed is booted. */
export async function wakeUp(job: Job): Promise<Outcome | 'released'> {
  const { stacks, logger, hosting } = job;
  try {
    assertHarmless(job);
    if ((await rouse(job)) === 'off') {
      logger.warn('the machine had no memory that could be resumed, and is booted');
      await stacks.bootInstead(hosting, runOf(job));
    }
    // Before anybody is let in: a key that was taken away must not open it.
    const settleKeys = await bringWaitingKeys(job);
    await stacks.letIn(hosting, runOf(job));
    const row = { status: 'running', startedAt: new Date(), powered: true, ...awake } as const;
    return {
      state: 'succeeded',
      effect: async (transaction) => {
        await settleKeys?.(transaction);
        await hosting.update(row, { transaction });
      },
    };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the machine could not be woken');
    const row = await rowAfterFailure(job, 'asleep');
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => hosting.update(row, { transaction }),
    };
  }
}

/**
 * Resumes a machine that sleeps, for what needs it on. Its row says before that its memory counts as spent, and afterwards
 * that there is none.
 * @throws StackError
 */
export async function rouse(job: Job): Promise<'on' | 'resumed' | 'off'> {
  const { stacks, hosting, admission } = job;
  await admission.admit(job);
  const image = { isSpent: hosting.imageSpent, beforeResume: () => noteSpent(job, true) };
  const is = await stacks.rouse(hosting, image, runOf(job));
  await noteSpent(job, false);
  return is;
}

/** As {@link rouse}, where the machine sleeps at all. */
export async function rouseSleeper(job: Job): Promise<void> {
  if (job.hosting.asleepSince !== null) await rouse(job);
}

/** @throws ClaimLostError */
async function noteSpent({ claim, database, hosting }: Job, imageSpent: boolean): Promise<void> {
  await database.transaction(async (transaction) => {
    await requireClaim(database, claim, transaction);
    await hosting.update({ imageSpent }, { transaction });
  });
}
