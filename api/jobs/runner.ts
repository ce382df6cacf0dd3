import type { Redis } from 'ioredis';
import type { Sequelize } from 'sequelize';
import type { HostingStacks } from '../../stacks/hosting.ts';
import type { Logger } from '../logger.ts';
import type { OperationKind, OperationStep } from '../models/operation.ts';
import type { PortRange } from '../operations/allocation.ts';
import { type Claim, claimOperation, endOperation, recordStep, releaseClaim } from '../operations/claim.ts';
import { announceProgress } from '../operations/progress.ts';
import { createHosting, deleteHosting } from './hosting.ts';
import type { Job, Outcome } from './job.ts';
import { changeKeys } from './ssh-keys.ts';
import { keepLease } from './lease.ts';
import { changePassword } from './password.ts';
import { changePower } from './power.ts';

const work: Record<OperationKind, (job: Job) => Promise<Outcome | 'released'>> = {
  create: createHosting,
  delete: deleteHosting,
  start: changePower,
  stop: changePower,
  restart: changePower,
  suspend: changePower,
  resume: changePower,
  keys: changeKeys,
  password: changePassword,
};

export interface RunnerOptions {
  database: Sequelize;
  redis: Redis;
  stacks: HostingStacks;
  ports: PortRange;
  logger: Logger;
  /** Name of this worker. */
  worker: string;
  /** The claim is gone: this process must end at once, and with it, by the kernel's hand, its engine. */
  onClaimLost: (error: unknown) => void;
}

/** Carries out operations, one at a time, each under a claim. */
export class OperationRunner {
  readonly #options: RunnerOptions;
  readonly #stopping = new AbortController();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Breaks off the operation under way, for another worker to take up. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Carries out an operation, if it is still to be done and nobody else's. */
  async run(operationId: string): Promise<void> {
    const { database, worker, onClaimLost } = this.#options;
    if (this.#stopping.signal.aborted) return;
    const claim = await claimOperation(database, operationId, worker);
    if (!claim) return;
    using _lease = keepLease(database, claim, onClaimLost);
    await this.#perform(claim);
  }

  async #perform(claim: Claim): Promise<void> {
    const { database, logger, ports, stacks } = this.#options;
    const { operation, attempt } = claim;
    const log = logger.child({ operation: operation.id, kind: operation.kind, user: operation.userId, attempt });
    const start = performance.now();
    const signal = this.#stopping.signal;
    const steps = new StepRecorder((step) => this.#record(claim, step));
    const job: Job = { claim, database, ports, stacks, logger: log, signal, onStep: (step) => steps.add(step) };
    const outcome = await work[operation.kind](job);
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

  async #record(claim: Claim, step: OperationStep): Promise<void> {
    await recordStep(this.#options.database, claim, step);
    await this.#announce(claim);
  }

  async #end(claim: Claim, outcome: Outcome): Promise<void> {
    await endOperation(this.#options.database, claim, outcome);
    await this.#announce(claim);
  }

  async #announce({ operation }: Claim): Promise<void> {
    await announceProgress(this.#options.redis, operation.id).catch((error: unknown) => {
      // Whoever waits looks at the rows every second anyway.
      this.#options.logger.warn({ err: error }, 'progress could not be announced');
    });
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
