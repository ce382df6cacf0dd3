import type { Transaction } from 'sequelize';
import { SshPortTakenError, StoppedError } from '../../stacks/errors.ts';
import type { HostingSpec } from '../../stacks/hosting.ts';
import { clear as clearSpare } from './spare.ts';
import type { Spare } from '../models/spare.ts';
import { requireClaim } from '../operations/claim.ts';
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
    const refusal = await refusalOf(job);
    if (refusal) return refusal;
    const spec = await make(job);
    const running = {
      status: 'running',
      mayHaveLeftovers: false,
      startedAt: new Date(),
      ...routedRow(job, spec),
    } as const;
    return {
      state: 'succeeded',
      effect: async (transaction) => {
        await hosting.update(running, { transaction });
        await (await claimedSpare(job))?.update({ state: 'adopted' }, { transaction });
      },
    };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the hosting could not be created');
    return undo(job, error);
  }
}

/** Looks whether the node has room, before anything is made. @returns null where it has @throws StoppedError */
async function refusalOf(job: Job): Promise<Outcome | null> {
  const { admission, hosting, logger } = job;
  try {
    await admission.requireDisk();
    await admission.admit(job);
    return null;
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    logger.warn({ err: error }, 'the hosting is not created: there is no room for it');
    const effect = async (transaction: Transaction) => {
      await (await claimedSpare(job))?.update({ state: 'asleep' }, { transaction });
      await hosting.destroy({ transaction });
    };
    return { state: 'failed', error: describeFailure(error), effect };
  }
}

/**
 * Makes the hosting of the spare machine that it was given, where there is one, and from nothing where that does not succeed.
 * @throws StackError
 */
async function make(job: Job): Promise<HostingSpec> {
  const { claim, hosting, stacks, spares, logger } = job;
  const fresh = (spec: HostingSpec) => stacks.create(spec, runOf(job));
  // A second attempt has taken the spare machine away: nobody knows what the first one did with it.
  const hasSpare = claim.attempt === 1 && !hosting.mayHaveLeftovers && (await claimedSpare(job)) !== null;
  if (!hasSpare) return onFreePort(job, fresh);
  try {
    return await onFreePort(job, (spec) => spares.adopt(spec, runOf(job)));
  } catch (error) {
    if (error instanceof StoppedError || error instanceof SshPortTakenError) throw error;
    logger.warn({ err: error }, 'the spare machine could not be given to its user, so another one is made');
    await clear(job);
    return onFreePort(job, fresh);
  }
}

/** How many ports are tried that other programs of the node turn out to have. */
const mostPorts = 10;

/** The user is not asked to try again for a port that they did not choose. @throws StackError */
async function onFreePort(job: Job, attempt: (spec: HostingSpec) => Promise<void>): Promise<HostingSpec> {
  const { claim, hosting, database, ports: range, logger } = job;
  const taken: number[] = [];
  for (;;) {
    try {
      const spec = await specOf(job);
      await attempt(spec);
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

/** Takes away whatever there is of a hosting, under the names that a spare machine had too. @throws StackError */
async function clear(job: Job): Promise<void> {
  const { claim, database, hosting, stacks, signal, letNext, logger } = job;
  const spare = await claimedSpare(job);
  if (spare) {
    await clearSpare({ ...job, spare });
    await database.transaction(async (transaction) => {
      await requireClaim(database, claim, transaction);
      // What the CLI keeps under its stack's former name is taken away next.
      await spare.update({ state: 'adopted' }, { transaction });
    });
  }
  await stacks.remove(hosting, {
    signal,
    onEngine: letNext,
    onDestroyFailed: (error) => logger.warn({ err: error }, 'the engine could not destroy the stack; removing by name'),
  });
}

/** The spare machine that a hosting was given, while it is not proven yet. */
function claimedSpare({ database, hosting: { machineId } }: Job): Promise<Spare | null> {
  return database.models.Spare.findOne({ where: { machineId, state: 'claimed' } });
}

function keepAsFailed({ hosting }: Job, transaction: Transaction) {
  return hosting.update({ status: 'failed', mayHaveLeftovers: true, startedAt: null }, { transaction });
}
