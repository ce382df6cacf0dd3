import type { Database, Transaction } from '../stores/database.ts';
import { StackError, stackStatuses, WorkerLostError } from '../../stacks/errors.ts';
import type { HostingRun, HostingSpec, HostingStacks } from '../../stacks/hosting.ts';
import type { SpareStacks } from '../../stacks/spares.ts';
import { certificatesOf } from '../certificates/keep.ts';
import type { Seal } from '../certificates/seal.ts';
import { errorCatalogue } from '../error-catalogue.ts';
import { hostsOf } from '../domains/hosts.ts';
import type { Logger } from '../logger.ts';
import { awake, type Hosting, type HostingStatus } from '../models/hosting.ts';
import type { Spare } from '../models/spare.ts';
import type { OperationFailure, OperationStep } from '../models/operation.ts';
import type { PortRange } from '../operations/allocation.ts';
import type { Claim } from '../operations/claim.ts';
import type { Admission } from './admission.ts';

/** Of the last of them it died alone (`api/stores/queries/claims.ts`): so it is what kills workers, and not what ran beside it. */
const maximumDeaths = 5;

/** What routes are made of besides rows. */
export interface RouteMaterial {
  /** Below which sites have their hosts; empty where they have none. */
  sitesDomain: string;
  /** Opens the keys of certificates. */
  seal: Seal;
}

/** What an operation is carried out with, whatever it is about. */
interface Work {
  claim: Claim;
  database: Database;
  spares: SpareStacks;
  /** Who may have the node's memory, and its disks. */
  admission: Pick<Admission, 'admit' | 'requireDisk' | 'requireDiskForMemory'>;
  logger: Logger;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
  onStep: (step: OperationStep) => void;
  /** To be called when it is at the engine, or waits for what others need not wait for. */
  letNext: () => void;
}

export interface Job extends Work, RouteMaterial {
  /** Whose operation it is, as its row was when the job began. */
  hosting: Hosting;
  /** SSH ports that hostings may have. */
  ports: PortRange;
  stacks: HostingStacks;
}

/** An operation on a machine that is nobody's yet. */
export interface SpareJob extends Work {
  spare: Spare;
}

/** How an operation ended, and what that means for the hosting's row. */
export interface Outcome {
  state: 'succeeded' | 'failed';
  error?: OperationFailure;
  effect: (transaction: Transaction) => Promise<unknown>;
}

/** @throws WorkerLostError when too many workers died of it */
export function assertHarmless({ claim }: Work): void {
  if (claim.operation.deaths >= maximumDeaths)
    throw new WorkerLostError({ message: `${maximumDeaths} workers died while they were at it, and it never ended.` });
}

/** How the stacks are to carry a job out. */
export function runOf({ signal, onStep, letNext, logger }: Work): HostingRun {
  return {
    signal,
    onStep,
    onEngine: letNext,
    onSetback: (error) => logger.warn({ err: error }, 'went wrong, and is done without'),
  };
}

/** What a hosting is to be, as its rows say. */
export async function specOf(job: RouteMaterial & Pick<Job, 'database' | 'hosting'>): Promise<HostingSpec> {
  const { database, hosting, sitesDomain, seal } = job;
  const { User, SshKey } = database.models;
  const { userId, machineId, vmIp, sshPort, sshPasswordHash, instanceId, randomSeed, powered } = hosting;
  const [user, keys] = await Promise.all([
    User.findByPk(userId, { rejectOnEmpty: true }),
    SshKey.findAll({ where: { userId }, order: [['createdAt', 'ASC']] }),
  ]);
  const sshPublicKeys = keys.map(({ publicKey }) => publicKey);
  const hosts = await hostsOf(database, user, sitesDomain);
  const certificates = await certificatesOf(database, hosts, seal);
  const machine = { vmIp, sshPort, hosts, certificates, sshPublicKeys, sshPasswordHash, instanceId, randomSeed };
  return { userId, machineId, username: user.username, ...machine, powered, suspended: false };
}

/** What a hosting's row remembers of what its route was made for: the row is older than `spec`. */
export function routedRow(
  { hosting: { routeRevision }, sitesDomain }: Pick<Job, 'hosting' | 'sitesDomain'>,
  { hosts: [host = ''] }: HostingSpec,
) {
  return { routedHost: sitesDomain ? host : '', routedRevision: routeRevision };
}

/** The part of a hosting's row that tells whether the machine is on. */
export interface PowerRow {
  status: HostingStatus;
  startedAt: Date | null;
  powered: boolean;
}

/**
 * What a hosting's row is to tell after something went wrong with the machine: that it is on, sleeps, or is off.
 * @param assumed where nobody can tell; it is corrected as soon as libvirt does (api/jobs/reconcile-power.ts)
 */
export async function rowAfterFailure(
  { hosting, stacks, logger, signal }: Job,
  assumed: 'running' | 'asleep' | 'stopped',
): Promise<PowerRow & Partial<Pick<Hosting, 'asleepSince'>>> {
  const status = await powerOf(stacks, hosting).catch((error: unknown) => {
    logger.warn({ err: error }, 'libvirt does not tell whether the machine is on');
    return assumed;
  });
  // One that was resumed and not yet made ready counts as asleep: what is left of its wake is asked for again
  // (api/jobs/reconcile-power.ts). Whether saved memory may have been resumed is as before.
  if (status === 'asleep' || (status === 'running' && hosting.imageSpent)) {
    await stacks.holdVisitors(hosting, signal).catch((error: unknown) => {
      logger.warn({ err: error }, 'visitors are sent to a machine that sleeps');
    });
    return { status: 'asleep', startedAt: null, powered: true, asleepSince: hosting.asleepSince ?? new Date() };
  }
  await stacks.admit(hosting, signal).catch((error: unknown) => {
    logger.warn({ err: error }, 'visitors are still sent to who wakes a machine that does not sleep');
  });
  if (status === 'stopped') return { status, startedAt: null, powered: false, ...awake };
  return { status, startedAt: hosting.startedAt ?? new Date(), powered: true, ...awake };
}

async function powerOf(stacks: HostingStacks, hosting: Hosting): Promise<'running' | 'asleep' | 'stopped'> {
  if ((await stacks.powered([hosting])).length > 0) return 'running';
  return (await stacks.asleep([hosting])).length > 0 ? 'asleep' : 'stopped';
}

/** What the client may know of an error. */
export function describeFailure(error: unknown): OperationFailure {
  if (!(error instanceof StackError) || error.code === null)
    return { code: 'INTERNAL', status: errorCatalogue.INTERNAL.status, message: 'This is a fault of the server.' };
  const { code, message, console } = error;
  return { code, status: stackStatuses[code], message, ...(console && { console }) };
}
