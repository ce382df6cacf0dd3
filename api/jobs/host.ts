import type { Transaction } from 'sequelize';
import { type StackError, StoppedError, WorkerLostError } from '../../stacks/errors.ts';
import type { HostingSpec, HostingStacks, HostingStep } from '../../stacks/hosting.ts';
import type { Logger } from '../logger.ts';
import { Hosting } from '../models/hosting.ts';
import type { OperationFailure } from '../models/operation.ts';
import { User } from '../models/user.ts';
import type { Claim } from '../operations/claim.ts';

/** An operation whose workers die again and again is the likely reason that they do. */
const maximumAttempts = 5;

export interface Job {
  claim: Claim;
  stacks: HostingStacks;
  logger: Logger;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
  onStep: (step: HostingStep) => void;
}

/** How an operation ended, and what that means for the hosting's row. */
export interface Outcome {
  state: 'succeeded' | 'failed';
  error?: OperationFailure;
  effect: (transaction: Transaction) => Promise<unknown>;
}

/** Makes a user's hosting; undoes what was made when that fails. */
export async function createHosting(job: Job): Promise<Outcome | 'stopped'> {
  const { claim, stacks, signal, onStep, logger } = job;
  const { operation, attempt } = claim;
  const hosting = await Hosting.findByPk(operation.userId, { rejectOnEmpty: true });
  try {
    if (attempt > maximumAttempts) return givenUp(hosting);
    if (attempt > 1 || hosting.mayHaveLeftovers) await clear(job);
    await stacks.create(await specOf(hosting), { signal, onStep });
    return {
      state: 'succeeded',
      effect: (transaction) => hosting.update({ status: 'running', mayHaveLeftovers: false }, { transaction }),
    };
  } catch (error) {
    if (error instanceof StoppedError) return 'stopped';
    logger.error({ err: error }, 'the hosting could not be created');
    return undo(job, hosting, error);
  }
}

/** Removes a user's hosting and its row. */
export async function deleteHosting(job: Job): Promise<Outcome | 'stopped'> {
  const hosting = await Hosting.findByPk(job.claim.operation.userId, { rejectOnEmpty: true });
  try {
    if (job.claim.attempt > maximumAttempts) return givenUp(hosting);
    await clear(job);
    return { state: 'succeeded', effect: (transaction) => hosting.destroy({ transaction }) };
  } catch (error) {
    if (error instanceof StoppedError) return 'stopped';
    job.logger.error({ err: error }, 'the hosting could not be deleted');
    return { state: 'failed', error: describe(error), effect: (transaction) => keepAsFailed(hosting, transaction) };
  }
}

/** The end of a create that failed: nothing remains, or, if even that fails, a row that says so. */
async function undo(job: Job, hosting: Hosting, reason: unknown): Promise<Outcome | 'stopped'> {
  const error = describe(reason);
  try {
    await clear(job);
    return { state: 'failed', error, effect: (transaction) => hosting.destroy({ transaction }) };
  } catch (second) {
    if (second instanceof StoppedError) return 'stopped';
    job.logger.error({ err: second }, 'what was made could not be removed; the next create or delete will try again');
    return { state: 'failed', error, effect: (transaction) => keepAsFailed(hosting, transaction) };
  }
}

function clear({ claim, stacks, signal, logger }: Job): Promise<void> {
  return stacks.remove(claim.operation.userId, {
    signal,
    onDestroyFailed: (error) => logger.warn({ err: error }, 'the engine could not destroy the stack; removing by name'),
  });
}

function givenUp(hosting: Hosting): Outcome {
  const error = describe(new WorkerLostError({ message: `It was begun ${maximumAttempts} times, and never ended.` }));
  return { state: 'failed', error, effect: (transaction) => keepAsFailed(hosting, transaction) };
}

function keepAsFailed(hosting: Hosting, transaction: Transaction) {
  return hosting.update({ status: 'failed', mayHaveLeftovers: true }, { transaction });
}

async function specOf(hosting: Hosting): Promise<HostingSpec> {
  const { userId, vmIp, sshPort, sshPublicKeys, sshPasswordHash, instanceId, randomSeed } = hosting;
  const { username } = await User.findByPk(userId, { rejectOnEmpty: true });
  return { userId, username, vmIp, sshPort, sshPublicKeys, sshPasswordHash, instanceId, randomSeed };
}

/** What the client may know of an error. */
function describe(error: unknown): OperationFailure {
  const { expose, code, status, message, console } = error as Partial<StackError>;
  if (!expose || !code || !status || !message)
    return { code: 'INTERNAL', status: 500, message: 'This is a fault of the server.' };
  return { code, status, message, ...(console && { console }) };
}
