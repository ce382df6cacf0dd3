import { StoppedError, VmNotReadyError } from '../../stacks/errors.ts';
import type { HostingSpec } from '../../stacks/hosting.ts';
import type { HostingStatus } from '../models/hosting.ts';
import type { OperationKind } from '../models/operation.ts';
import { bringKeys } from './ssh-keys.ts';
import {
  describeFailure,
  type Job,
  type Outcome,
  type PowerRow,
  assertAttemptsLeft,
  rowAfterFailure,
  runOf,
  specOf,
} from './job.ts';

/** Starts, stops or restarts a user's machine, or closes and opens the hosting of a user who is suspended and resumed. */
export async function changePower(job: Job): Promise<Outcome | 'released'> {
  const { claim, logger, hosting } = job;
  const { kind } = claim.operation;
  try {
    assertAttemptsLeft(job);
    const spec = await targetOf(kind, job);
    await applyPower(job, spec);
    const settleKeys = spec.powered ? await bringWaitingKeys(job) : undefined;
    const row = rowOf(spec.suspended ? 'suspended' : spec.powered ? 'running' : 'stopped');
    return {
      state: 'succeeded',
      effect: async (transaction) => {
        await settleKeys?.(transaction);
        await hosting.update(row, { transaction });
      },
    };
  } catch (error) {
    if (error instanceof StoppedError) return 'released';
    logger.error({ err: error }, 'the power of the machine could not be changed');
    const row = await afterFailure(job, error);
    return {
      state: 'failed',
      error: describeFailure(error),
      effect: (transaction) => hosting.update(row, { transaction }),
    };
  }
}

async function targetOf(kind: OperationKind, job: Job): Promise<HostingSpec> {
  const spec = await specOf(job);
  return kind === 'suspend' ? { ...spec, powered: false, suspended: true } : spec;
}

function applyPower(job: Job, spec: HostingSpec): Promise<void> {
  const { claim, stacks } = job;
  const run = runOf(job);
  return claim.operation.kind === 'restart' ? stacks.restart(spec, run) : stacks.setPower(spec, run);
}

/** Brings keys that were added or removed while the machine was off. Failing to do so does not fail the start. */
async function bringWaitingKeys(job: Job) {
  try {
    return await bringKeys(job);
  } catch (error) {
    if (error instanceof StoppedError) throw error;
    job.logger.warn({ err: error }, 'the keys that wait did not reach the machine');
    return undefined;
  }
}

function rowOf(status: HostingStatus): Partial<PowerRow> {
  return { status, startedAt: status === 'running' ? new Date() : null };
}

/** What the hosting is after a failure. Suspensions and their end are asked for again by reconcileSuspensions. */
async function afterFailure(job: Job, error: unknown): Promise<Partial<PowerRow>> {
  const { kind } = job.claim.operation;
  const row = await rowAfterFailure(job, kind === 'start' ? 'stopped' : 'running');
  const { status, startedAt } = row;
  if (kind === 'suspend') return { status, startedAt };
  if (kind !== 'resume') return row;
  // The site is open; only the machine does not answer, which its user has to look after.
  if (error instanceof VmNotReadyError && status === 'running') return { status, startedAt };
  await closeAgain(job);
  return { status: 'suspended', startedAt: null };
}

/** Closes the site and switches the machine off again, as no machine of a suspended hosting may be on. */
async function closeAgain(job: Job): Promise<void> {
  const { stacks, logger } = job;
  const closed = await targetOf('suspend', job);
  await stacks.setPower(closed, { ...runOf(job), onStep: () => undefined }).catch((error: unknown) => {
    logger.error({ err: error }, 'what was opened could not be closed again');
  });
}
