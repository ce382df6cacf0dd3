import PQueue from 'p-queue';
import type { Database } from '../stores/database.ts';
import { isSuspect } from '../stores/queries/claims.ts';
import type { Logger } from '../logger.ts';
import { type Claim, claimNext } from '../operations/claim.ts';
import type { ProgressFollower } from '../operations/progress.ts';
import type { Lane } from './lanes.ts';

export interface WorkOptions {
  database: Database;
  progress: ProgressFollower;
  logger: Logger;
  /** Name of this worker. */
  worker: string;
  lanes: Lane[];
  /**
   * Carries an operation out; gives it back when `signal` is aborted meanwhile.
   * @param letNext to be called when it is at the engine, or waits for what others need not wait for
   */
  perform: (claim: Claim, letNext: () => void) => Promise<void>;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
}

/**
 * Takes operations, as many side by side as its lanes have hands, and waits while there is none, until `signal` is aborted and
 * the last one is out of hand. Whatever goes wrong is logged, and tried again.
 */
export async function workUntilStopped(options: WorkOptions): Promise<void> {
  const inHand = new InHand(options);
  await Promise.all(options.lanes.map((lane) => workIn(lane, inHand, options)));
}

async function workIn(lane: Lane, inHand: InHand, { progress, signal }: WorkOptions): Promise<void> {
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (underWay.size === lane.hands) await Promise.race(underWay);
    await lane.engineFree?.();
    // From before the look at the rows, so that what is announced during it counts.
    const announced = progress.announced(signal);
    const taken = await inHand.takeNext(lane);
    if (!taken) {
      await announced;
      continue;
    }
    const work = taken.ended.finally(() => underWay.delete(work));
    underWay.add(work);
    if (lane.engineFree) await taken.nextMayFollow;
  }
  await Promise.all(underWay);
}

interface Taken {
  /** Resolves when it is out of hand. */
  ended: Promise<void>;
  /** Resolves when it is at the engine, waits for its machine, or is out of hand. */
  nextMayFollow: Promise<void>;
}

/** What a worker has in hand, in all lanes. */
class InHand {
  readonly #options: WorkOptions;
  /** Of its lanes one looks at a time, so that what the next finds in hand is so. */
  readonly #looks = new PQueue({ concurrency: 1 });
  readonly #claims = new Set<Claim>();

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  /** @returns null when there is none to be taken now, or nobody can tell */
  takeNext(lane: Lane): Promise<Taken | null> {
    return this.#looks.add(async () => {
      const claim = await this.#claimNext(lane);
      return claim && this.#begin(claim);
    });
  }

  async #claimNext({ kinds }: Lane): Promise<Claim | null> {
    const { database, worker, logger, signal } = this.#options;
    // It may have been a while since the loop looked.
    if (signal.aborted) return null;
    // What may be killing workers takes nothing along: whose worker dies is known then to be what killed it.
    if ([...this.#claims].some(({ operation }) => isSuspect(operation))) return null;
    try {
      return await claimNext(database, worker, { kinds, isIdle: this.#claims.size === 0 });
    } catch (error) {
      logger.error({ err: error }, 'operations do not go on here: none could be taken');
      return null;
    }
  }

  #begin(claim: Claim): Taken {
    const { promise: nextMayFollow, resolve: letNext } = Promise.withResolvers<void>();
    this.#claims.add(claim);
    const ended = performLogged(claim, letNext, this.#options).finally(() => {
      this.#claims.delete(claim);
      letNext();
    });
    return { ended, nextMayFollow };
  }
}

async function performLogged(claim: Claim, letNext: () => void, { perform, logger }: WorkOptions): Promise<void> {
  try {
    await perform(claim, letNext);
  } catch (error) {
    const operation = claim.operation.id;
    logger.error({ err: error, operation }, 'operations do not go on here: what was begun is free when its lease ends');
  }
}
