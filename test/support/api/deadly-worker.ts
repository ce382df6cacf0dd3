// A worker whose process one of its operations kills, for a test that starts another in its place.
import { setTimeout as delay } from 'node:timers/promises';
import { assertHarmless, describeFailure, type Job } from '../../../api/jobs/job.ts';
import { lanesOf } from '../../../api/jobs/lanes.ts';
import { workUntilStopped } from '../../../api/jobs/work-loop.ts';
import { createLogger } from '../../../api/logger.ts';
import { type Claim, endOperation } from '../../../api/operations/claim.ts';
import { ProgressFollower } from '../../../api/operations/progress.ts';
import { connectDatabase } from '../../../api/stores/database.ts';
import { connectSubscriber } from '../../../api/stores/redis.ts';

const [, , databaseUrl = '', redisUrl = '', worker = '', killer = ''] = process.argv;
const logger = createLogger('warn', 'worker');
const database = connectDatabase(databaseUrl);
const progress = new ProgressFollower(database, connectSubscriber(redisUrl, logger), logger);
const effect = () => Promise.resolve();

/** Ends an operation after a second, as jobs do theirs, unless its process is dead by then. */
async function perform(claim: Claim, letNext: () => void): Promise<void> {
  try {
    assertHarmless({ claim } as Job);
  } catch (error) {
    return endOperation(database, claim, { state: 'failed', error: describeFailure(error), effect });
  }
  letNext();
  if (claim.operation.id === killer) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 500);
  await delay(1_000);
  await endOperation(database, claim, { state: 'succeeded', effect });
}

const { signal } = new AbortController();
const lanes = lanesOf(() => Promise.resolve());
await workUntilStopped({ database, progress, logger, worker, lanes, perform, signal });
