import { StoppedError } from '../../stacks/errors.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, routedRow, runOf, specOf } from './job.ts';

/** Has a hosting's route follow its user's site name and domains. The machine goes on as it is, and so does its row. */
export async function remakeRoute(job: Job): Promise<Outcome | 'released'> {
  const { stacks, logger, hosting } = job;
  try {
    assertHarmless(job);
    const spec = await specOf(job);
    // The row may be some seconds behind a machine that its own root has switched off.
    const powered = (await stacks.powered([hosting])).length > 0;
    await stacks.update({ ...spec, powered, suspended: hosting.status === 'suspended' }, runOf(job));
    const row = routedRow(job, spec);
    return { state: 'succeeded', effect: (transaction) => hosting.update(row, { transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the route could not follow the site name and domains');
    return { state: 'failed', error: describeFailure(error), effect: () => Promise.resolve() };
  }
}
