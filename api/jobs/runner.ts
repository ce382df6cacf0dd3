import type { Redis } from 'ioredis';
import type { Database } from '../stores/database.ts';
import type { HostingStacks } from '../../stacks/hosting.ts';
import type { SpareStacks } from '../../stacks/spares.ts';
import type { Logger } from '../logger.ts';
import { type HostingKind, isSpareKind, type OperationStep, type SpareKind, userOf } from '../models/operation.ts';
import type { PortRange } from '../operations/allocation.ts';
import { type Claim, endOperation, recordStep, releaseClaim } from '../operations/claim.ts';
import { announceProgress } from '../operations/progress.ts';
import { createHosting, deleteHosting } from './hosting.ts';
import type { Job, Outcome, RouteMaterial, SpareJob } from './job.ts';
import { changeKeys } from './ssh-keys.ts';
import { keepLease } from './lease.ts';
import { changePassword } from './password.ts';
import { changePower } from './power.ts';
import type { Admission } from './admission.ts';
import { remakeRoute } from './route.ts';
import { fallAsleep } from './sleep.ts';
import { discardSpare, prepareSpare } from './spare.ts';
import { wakeUp } from './wake.ts';

const work: Record<HostingKind, (job: Job) => Promise<Outcome | 'released'>> = {
  create: createHosting,
  delete: deleteHosting,
  start: changePower,
  stop: changePower,
  restart: changePower,
  suspend: changePower,
  resume: changePower,
  keys: changeKeys,
  password: changePassword,
  route: remakeRoute,
  sleep: fallAsleep,
  wake: wakeUp,
};

const workOnSpares: Record<SpareKind, (job: SpareJob) => Promise<Outcome | 'released'>> = {
  prepare: prepareSpare,
  discard: discardSpare,
};

export interface RunnerOptions extends RouteMaterial {
  database: Database;
  redis: Redis;
  stacks: HostingStacks;
  spares: SpareStacks;
  admission: Admission;
  ports: PortRange;
  logger: Logger;
  /** Aborted when this worker stops: the operation under way is broken off, for another worker to take up. */
  signal: AbortSignal;
  /** The claim is gone: this process must end at once, and with it, by the kernel's hand, its engine. */
  onClaimLost: (error: unknown) => void;
}

/** Carries out operations, each under a claim. */
export class OperationRunner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Carries out an operation that was claimed. @param letNext called when it is at the engine, or waits for what others need not wait for */
  async run(claim: Claim, letNext: () => void): Promise<void> {
    const { database, onClaimLost } = this.#options;
    using _lease = keepLease(database, claim, onClaimLost);
    await this.#perform(claim, letNext);
  }

  async #perform(claim: Claim, letNext: () => void): Promise<void> {
    const { database, logger } = this.#options;
    const { operation, attempt } = claim;
    const { id, kind, userId, machineId } = operation;
    const about = userId === null ? { machine: machineId } : { user: userId };
    const log = logger.child({ operation: id, kind, ...about, attempt });
    const start = performance.now();
    const steps = new StepRecorder((step) => this.#record(claim, step));
    const onStep = (step: OperationStep) => {
      // A machine may take a minute for it, which others need not wait for.
      if (step === 'shutdown') letNext();
      steps.add(step);
    };
    const outcome = await this.#carryOut({ claim, logger: log, onStep, letNext });
    await steps.written();
    if (outcome === 'released') {
      await releaseClaim(database, claim);
      return log.info('given back, as this worker stops');
    }
    await this.#end(claim, outcome);
    log.info(
      { state: outcome.state, milliseconds: Math.round(performance.now() - start), code: outcome.error?.code },
      'operation ended',
    );
  }

  async #carryOut(told: Pick<Job, 'claim' | 'logger' | 'onStep' | 'letNext'>): Promise<Outcome | 'released'> {
    const { database, ports, sitesDomain, seal, stacks, spares, admission, signal } = this.#options;
    const common = { ...told, database, spares, admission, signal };
    const { claim } = told;
    const { kind, machineId } = claim.operation;
    if (isSpareKind(kind)) {
      const spare = await database.models.Spare.findOne({ where: { machineId: machineId ?? 0 } });
      // What it was about is gone already.
      if (!spare) return { state: 'succeeded', effect: () => Promise.resolve() };
      return workOnSpares[kind]({ ...common, spare });
    }
    const hosting = await database.models.Hosting.findByPk(userOf(claim.operation), { rejectOnEmpty: true });
    return work[kind]({ ...common, hosting, ports, sitesDomain, seal, stacks });
  }

  async #record(claim: Claim, step: OperationStep): Promise<void> {
    await recordStep(this.#options.database, claim, step);
    await announceProgress(this.#options, claim.operation.id);
  }

  async #end(claim: Claim, outcome: Outcome): Promise<void> {
    await endOperation(this.#options.database, claim, outcome);
    await announceProgress(this.#options, claim.operation.id);
  }
}

/** Writes steps down one after another, while the work that reports them goes on. */
class StepRecorder {
  #last: Promise<void> = Promise.resolve();
  readonly #write: (step: OperationStep) => Promise<void>;

  constructor(write: (step: OperationStep) => Promise<void>) {
    this.#write = write;
  }

  add(step: OperationStep): void {
    this.#last = this.#last.then(() => this.#write(step));
    // `written` reports the failure; until then it must not count as unhandled.
    this.#last.catch(() => undefined);
  }

  /** Resolves when all steps are written. @throws what went wrong with the first that was not. */
  written(): Promise<void> {
    return this.#last;
  }
}
