import { StoppedError } from '../../stacks/errors.ts';
import { awake } from '../models/hosting.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, rowAfterFailure, runOf } from './job.ts';

/** Puts a machine to sleep that nobody uses. */
export async function fallAsleep(job: Job): Promise<Outcome | 'released'> {
  const { stacks, logger, hosting, admission } = job;
  try {
    assertHarmless(job);
    await admission.requireDiskForMemory();
    const memory = await stacks.sleep(hosting, runOf(job));
    // Memory that this run did not save may have been resumed before.
    const imageSpent = memory === 'kept' && hosting.imageSpent;
    const row =
      memory === 'off'
        ? ({ status: 'stopped', startedAt: null, powered: false, ...awake } as const)
        : ({ status: 'asleep', startedAt: null, asleepSince: new Date(), imageSpent } as const);
    return { state: 'succeeded', effect: (transaction) => hosting.update(row, { transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the machine could not be put to sleep');
    const row = await rowAfterFailure(job, 'running');
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => hosting.update(row, { transaction }),
    };
  }
}
