import type { Database } from '../stores/database.ts';
import type { Logger } from '../logger.ts';
import { type Claim, claimNext } from '../operations/claim.ts';
import type { ProgressFollower } from '../operations/progress.ts';

export interface WorkOptions {
  database: Database;
  progress: ProgressFollower;
  logger: Logger;
  /** Name of this worker. */
  worker: string;
  /** Carries an operation out; gives it back when `signal` is aborted meanwhile. */
  perform: (claim: Claim) => Promise<void>;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
}

/**
 * Takes one operation after another, and waits while there is none, until `signal` is aborted and the last one is out of
 * hand. Whatever goes wrong is logged, and tried again.
 */
export async function workUntilStopped(options: WorkOptions): Promise<void> {
  const { progress, signal } = options;
  while (!signal.aborted) {
    // From before the look at the rows, so that what is announced during it counts.
    const announced = progress.announced(signal);
    if (!(await workOnNext(options))) await announced;
  }
}

/** @returns whether the next one can be looked for at once */
async function workOnNext({ database, worker, perform, logger }: WorkOptions): Promise<boolean> {
  let claim: Claim | null = null;
  try {
    claim = await claimNext(database, worker);
    if (claim) await perform(claim);
    return claim !== null;
  } catch (error) {
    const operation = claim?.operation.id;
    logger.error({ err: error, operation }, 'operations do not go on here: what was begun is free when its lease ends');
    return false;
  }
}
