import type { Transaction } from 'sequelize';
import { type StackError, WorkerLostError } from '../../stacks/errors.ts';
import type { HostingSpec, HostingStacks } from '../../stacks/hosting.ts';
import type { Logger } from '../logger.ts';
import type { Hosting } from '../models/hosting.ts';
import type { OperationFailure, OperationStep } from '../models/operation.ts';
import { SshKey } from '../models/ssh-key.ts';
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
  onStep: (step: OperationStep) => void;
}

/** How an operation ended, and what that means for the hosting's row. */
export interface Outcome {
  state: 'succeeded' | 'failed';
  error?: OperationFailure;
  effect: (transaction: Transaction) => Promise<unknown>;
}

/** @throws WorkerLostError when it was tried too often */
export function refuseTooMany({ claim }: Job): void {
  if (claim.attempt > maximumAttempts)
    throw new WorkerLostError({ message: `It was begun ${maximumAttempts} times, and never ended.` });
}

/** What a hosting is to be, as its rows say. */
export async function specOf(hosting: Hosting): Promise<HostingSpec> {
  const { userId, vmIp, sshPort, sshPasswordHash, instanceId, randomSeed, powered } = hosting;
  const [user, keys] = await Promise.all([
    User.findByPk(userId, { rejectOnEmpty: true }),
    SshKey.findAll({ where: { userId }, order: [['createdAt', 'ASC']] }),
  ]);
  const sshPublicKeys = keys.map(({ publicKey }) => publicKey);
  const machine = { vmIp, sshPort, sshPublicKeys, sshPasswordHash, instanceId, randomSeed };
  return { userId, username: user.username, ...machine, powered, suspended: false };
}

/**
 * Whether a machine is on after something went wrong with it.
 * @param assumed where nobody can tell
 */
export async function statusAfterFailure(
  { claim, stacks, logger }: Job,
  assumed: 'running' | 'stopped',
): Promise<{ status: 'running' | 'stopped' }> {
  const { userId } = claim.operation;
  try {
    const on = await stacks.powered([userId]);
    return { status: on.includes(userId) ? 'running' : 'stopped' };
  } catch (error) {
    logger.warn({ err: error }, 'libvirt does not tell whether the machine is on');
    return { status: assumed };
  }
}

/** What the client may know of an error. */
export function describeFailure(error: unknown): OperationFailure {
  const { expose, code, status, message, console } = error as Partial<StackError>;
  if (!expose || !code || !status || !message)
    return { code: 'INTERNAL', status: 500, message: 'This is a fault of the server.' };
  return { code, status, message, ...(console && { console }) };
}
