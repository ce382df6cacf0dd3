import { StoppedError } from '../../stacks/errors.ts';
import { awake } from '../models/hosting.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, rowAfterFailure } from './job.ts';
import { rouseSleeper } from './wake.ts';

/** Gives a running machine the password that its user was told. */
export async function changePassword(job: Job): Promise<Outcome | 'released'> {
  const { stacks, signal, logger, hosting } = job;
  const { nextPasswordHash } = hosting;
  try {
    assertHarmless(job);
    if (nextPasswordHash === null) throw new Error('there is no password to give');
    await rouseSleeper(job);
    job.onStep('password');
    await stacks.changePassword(hosting, nextPasswordHash, signal);
    await stacks.admit(hosting, signal);
    const row = { status: 'running', sshPasswordHash: nextPasswordHash, nextPasswordHash: null, ...awake } as const;
    return { state: 'succeeded', effect: (transaction) => hosting.update(row, { transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.warn({ err: error }, 'the password did not reach the machine');
    const row = { ...(await rowAfterFailure(job, 'running')), nextPasswordHash: null };
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => hosting.update(row, { transaction }),
    };
  }
}
