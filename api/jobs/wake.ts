import { StoppedError } from '../../stacks/errors.ts';
import { awake } from '../models/hosting.ts';
import { requireClaim } from '../operations/claim.ts';
import { describeFailure, type Job, type Outcome, assertAttemptsLeft, rowAfterFailure, runOf } from './job.ts';
import { bringWaitingKeys } from './ssh-keys.ts';

/** Wakes a machine that sleeps, for a visitor or its user. One that cannot be resumed is booted. */
export async function wakeUp(job: Job): Promise<Outcome | 'released'> {
  const { stacks, logger, hosting } = job;
  try {
    assertAttemptsLeft(job);
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
 * Resumes a machine that sleeps, for what needs it on. Its row says before that its memory counts as spent.
 * @throws StackError
 */
export function rouse(job: Job): Promise<'on' | 'resumed' | 'off'> {
  const { stacks, hosting } = job;
  return stacks.rouse(hosting, { isSpent: hosting.imageSpent, beforeResume: () => noteResume(job) }, runOf(job));
}

/** As {@link rouse}, where the machine sleeps at all. */
export async function rouseSleeper(job: Job): Promise<void> {
  if (job.hosting.asleepSince !== null) await rouse(job);
}

/** @throws ClaimLostError */
async function noteResume({ claim, database, hosting }: Job): Promise<void> {
  await database.transaction(async (transaction) => {
    await requireClaim(database, claim, transaction);
    await hosting.update({ imageSpent: true }, { transaction });
  });
}
