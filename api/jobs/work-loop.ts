import type { Database } from '../stores/database.ts';
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
  /** Carries an operation out; gives it back when `signal` is aborted meanwhile. */
  perform: (claim: Claim) => Promise<void>;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
}

/**
 * Takes operations, as many side by side as its lanes have hands, and waits while there is none, until `signal` is aborted and
 * the last one is out of hand. Whatever goes wrong is logged, and tried again.
 */
export async function workUntilStopped(options: WorkOptions): Promise<void> {
  await Promise.all(options.lanes.map((lane) => workIn(lane, options)));
}

async function workIn(lane: Lane, options: WorkOptions): Promise<void> {
  const { progress, signal } = options;
  const underWay = new Set<Promise<void>>();
  while (!signal.aborted) {
    if (underWay.size === lane.hands) await Promise.race(underWay);
    await lane.mayTake();
    // From before the look at the rows, so that what is announced during it counts.
    const announced = progress.announced(signal);
    const claim = await takeNext(lane, options);
    if (!claim) {
      await announced;
      continue;
    }
    const work: Promise<void> = performLogged(claim, options).finally(() => underWay.delete(work));
    underWay.add(work);
  }
  await Promise.all(underWay);
}

/** @returns null when there is none, or nobody can tell */
async function takeNext({ kinds }: Lane, { database, worker, logger, signal }: WorkOptions): Promise<Claim | null> {
  // It may have been a while since the loop looked.
  if (signal.aborted) return null;
  try {
    return await claimNext(database, worker, kinds);
  } catch (error) {
    logger.error({ err: error }, 'operations do not go on here: none could be taken');
    return null;
  }
}

async function performLogged(claim: Claim, { perform, logger }: WorkOptions): Promise<void> {
  try {
    await perform(claim);
  } catch (error) {
    const operation = claim.operation.id;
    logger.error({ err: error, operation }, 'operations do not go on here: what was begun is free when its lease ends');
  }
}
