import type { Transaction } from 'sequelize';
import { StoppedError } from '../../stacks/errors.ts';
import type { SshKey } from '../models/ssh-key.ts';
import { describeFailure, type Job, type Outcome, assertHarmless, rowAfterFailure } from './job.ts';

/** Brings a running machine the keys that it is to have, and takes away those that it is not to have. */
export async function changeKeys(job: Job): Promise<Outcome | 'released'> {
  const { hosting } = job;
  try {
    assertHarmless(job);
    job.onStep('keys');
    const settle = await bringKeys(job);
    return {
      state: 'succeeded',
      effect: async (transaction) => {
        await settle(transaction);
        await hosting.update({ status: 'running' }, { transaction });
      },
    };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    job.logger.warn({ err: error }, 'the keys did not reach the machine');
    const row = await rowAfterFailure(job, 'running');
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => hosting.update(row, { transaction }),
    };
  }
}

/** Writes down which keys the machine has taken. */
type Settle = (transaction: Transaction) => Promise<unknown>;

/**
 * Has the machine take all keys that wait to be added or removed.
 * @returns what writes down that it did
 * @throws StackError
 */
export async function bringKeys({ hosting, database, stacks, signal }: Job): Promise<Settle> {
  const { userId } = hosting;
  const keys = await database.models.SshKey.findAll({ where: { userId } });
  const inState = (state: SshKey['state']) => keys.filter((key) => key.state === state);
  const [pending, removing] = [inState('pending'), inState('removing')];
  const lines = (list: SshKey[]) => list.map(({ publicKey }) => publicKey);
  if (pending.length + removing.length > 0)
    await stacks.changeKeys(hosting, { add: lines(pending), remove: lines(removing) }, signal);
  const ids = (list: SshKey[]) => ({ id: list.map(({ id }) => id) });
  return async (transaction) => {
    await database.models.SshKey.update({ state: 'installed' }, { where: ids(pending), transaction });
    await database.models.SshKey.destroy({ where: ids(removing), transaction });
  };
}

/** Brings keys that were added or removed while the machine was off. Failing to do so does not fail the start. */
export async function bringWaitingKeys(job: Job): Promise<Settle | undefined> {
  try {
    return await bringKeys(job);
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    job.logger.warn({ err: error }, 'the keys that wait did not reach the machine');
    return undefined;
  }
}
