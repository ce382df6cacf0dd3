import { StoppedError, VmNotReadyError } from '../../stacks/errors.ts';
import type { HostingSpec } from '../../stacks/hosting.ts';
import { awake, type HostingStatus } from '../models/hosting.ts';
import type { OperationKind } from '../models/operation.ts';
import { bringWaitingKeys } from './ssh-keys.ts';
import { rouseSleeper } from './wake.ts';
import {
  describeFailure,
  type Job,
  type Outcome,
  type PowerRow,
  assertHarmless,
  rowAfterFailure,
  runOf,
  specOf,
} from './job.ts';

/** Starts, stops or restarts a user's machine, or closes and opens the hosting of a user who is suspended and resumed. */
export async function changePower(job: Job): Promise<Outcome | 'released'> {
  const { claim, logger, hosting } = job;
  const { kind } = claim.operation;
  try {
    assertHarmless(job);
    const spec = await targetOf(kind, job);
    // The engine would take a machine that sleeps for one that was switched off; and what its memory holds is not to be lost.
    await rouseSleeper(job);
    if (kind === 'start' || kind === 'resume') await job.admission.admit(job);
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

function rowOf(status: HostingStatus) {
  return { status, startedAt: status === 'running' ? new Date() : null, ...awake };
}

/** What the hosting is after a failure. Suspensions and their end are asked for again by reconcileSuspensions. */
async function afterFailure(job: Job, error: unknown): Promise<Partial<PowerRow>> {
  const { kind } = job.claim.operation;
  const row = await rowAfterFailure(job, kind === 'start' ? 'stopped' : 'running');
  if (kind !== 'suspend' && kind !== 'resume') return row;
  // Whether its user wants it on stays as it is.
  const { powered: _powered, ...found } = row;
  // The site is open; only the machine does not answer, which its user has to look after.
  if (kind === 'suspend' || (error instanceof VmNotReadyError && found.status === 'running')) return found;
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
