import type { Transaction } from 'sequelize';
import { SshPortTakenError, StoppedError } from '../../stacks/errors.ts';
import type { HostingSpec } from '../../stacks/hosting.ts';
import { movePort } from '../operations/allocation.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, routedRow, runOf, specOf } from './job.ts';

/** Makes a user's hosting; undoes what was made when that fails. */
export async function createHosting(job: Job): Promise<Outcome | 'released'> {
  const { claim, logger, hosting } = job;
  try {
    assertHarmless(job);
  } catch (error) {
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => keepAsFailed(job, transaction),
    };
  }
  try {
    if (claim.attempt > 1 || hosting.mayHaveLeftovers) await clear(job);
    const spec = await createOnFreePort(job);
    const running = {
      status: 'running',
      mayHaveLeftovers: false,
      startedAt: new Date(),
      ...routedRow(job, spec),
    } as const;
    return { state: 'succeeded', effect: (transaction) => hosting.update(running, { transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the hosting could not be created');
    return undo(job, error);
  }
}

/** How many ports are tried that other programs of the node turn out to have. */
const mostPorts = 10;

/** The user is not asked to try again for a port that they did not choose. @throws StackError */
async function createOnFreePort(job: Job): Promise<HostingSpec> {
  const { claim, hosting, database, ports: range, stacks, logger } = job;
  const taken: number[] = [];
  for (;;) {
    try {
      const spec = await specOf(job);
      await stacks.create(spec, runOf(job));
      return spec;
    } catch (error) {
      if (!(error instanceof SshPortTakenError)) throw error;
      taken.push(hosting.sshPort);
      if (taken.length === mostPorts || !(await movePort(database, claim, { hosting, range, taken }))) throw error;
      logger.warn({ taken: taken.at(-1), next: hosting.sshPort }, 'another program has the port, so it is another one');
    }
  }
}

/** Removes a user's hosting and its row. */
export async function deleteHosting(job: Job): Promise<Outcome | 'released'> {
  const { hosting } = job;
  try {
    assertHarmless(job);
    job.onStep('remove');
    await clear(job);
    return { state: 'succeeded', effect: (transaction) => hosting.destroy({ transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    job.logger.error({ err: error }, 'the hosting could not be deleted');
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => keepAsFailed(job, transaction),
    };
  }
}

/** The end of a create that failed: nothing remains, or, if even that fails, a row that says so. */
async function undo(job: Job, reason: unknown): Promise<Outcome | 'released'> {
  const error = describeFailure(reason);
  try {
    await clear(job);
    return { state: 'failed', error, effect: (transaction) => job.hosting.destroy({ transaction }) };
  } catch (second) {
    if (second instanceof StoppedError) return 'released';
    job.logger.error({ err: second }, 'what was made could not be removed; the next create or delete will try again');
    return { state: 'failed', error, effect: (transaction) => keepAsFailed(job, transaction) };
  }
}

function clear({ hosting, stacks, signal, onEngine, logger }: Job): Promise<void> {
  return stacks.remove(hosting, {
    signal,
    onEngine,
    onDestroyFailed: (error) => logger.warn({ err: error }, 'the engine could not destroy the stack; removing by name'),
  });
}

function keepAsFailed({ hosting }: Job, transaction: Transaction) {
  return hosting.update({ status: 'failed', mayHaveLeftovers: true, startedAt: null }, { transaction });
}
