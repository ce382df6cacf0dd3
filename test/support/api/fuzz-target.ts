import { Worker } from 'bullmq';
import { type OperationFailure, type OperationKind, stepsOf } from '../../../api/models/operation.ts';
import { claimOperation, recordStep } from '../../../api/operations/claim.ts';
import { announceProgress } from '../../../api/operations/progress.ts';
import { type OperationJob, queueName } from '../../../api/operations/queue.ts';
import { connectBlockingRedis } from '../../../api/stores/redis.ts';
import { startApi, type TestApi } from './api.ts';
import { endAsAsked } from './operations.ts';

const everyLimit = (times: number) =>
  Object.fromEntries(
    ['REGISTER', 'LOGIN_ACCOUNT', 'LOGIN_EMAIL', 'LOGIN_ADDRESS', 'REFRESH', 'PASSWORD', 'CREATE', 'CHANGE'].map(
      (name) => [`LIMIT_${name}`, String(times)],
    ),
  );

/** So that cases are about something else than limits. */
export const noLimits = { ...everyLimit(1_000_000), LIMIT_CALLS: '1000000', LIMIT_STREAMS: '1000000' };
/** So that many are refused; not those that only look, by which these tests find out what changed. */
export const lowLimits = { ...noLimits, ...everyLimit(3) };

const notReady = { code: 'VM_NOT_READY', status: 504, message: 'The page did not answer.' };
const unavailable = { code: 'LIBVIRT_UNAVAILABLE', status: 503, message: 'libvirtd did not answer.' };

/** What some operations end with, so that these answers are looked at too; as real ones may (stacks/errors.ts). */
const failures: Record<OperationKind, OperationFailure> = {
  create: notReady,
  delete: unavailable,
  start: notReady,
  stop: unavailable,
  restart: notReady,
  suspend: unavailable,
  resume: notReady,
  keys: unavailable,
  password: unavailable,
};

/** One operation of so many fails. */
const failEvery = 7;

/**
 * The real api on real stores, with a worker that takes operations from the real queue and claims them, and ends them at
 * once instead of making VMs.
 */
export async function startFuzzTarget(variables: NodeJS.ProcessEnv = {}): Promise<TestApi> {
  const api = await startApi({ variables: { JWT_LIFETIME_SECONDS: '86400', ...variables } });
  const connection = connectBlockingRedis(api.services.config.REDIS_URL, api.services.logger);
  const worker = endOperations(api, connection);
  const stop = async () => {
    await worker.close();
    connection.disconnect();
    await api.stop();
  };
  return { ...api, stop };
}

function endOperations({ services }: TestApi, connection: ReturnType<typeof connectBlockingRedis>): Worker {
  const { database, redis, logger } = services;
  let ended = 0;
  const end = async (id: string) => {
    const claim = await claimOperation(database, id, 'fuzz');
    if (!claim) return;
    const { kind } = claim.operation;
    await recordStep(database, claim, stepsOf[kind][1] ?? 'done');
    const error = ++ended % failEvery === 0 ? failures[kind] : undefined;
    await endAsAsked(database, claim, error);
    await announceProgress(redis, id);
  };
  const worker = new Worker<OperationJob>(queueName, ({ data }) => end(data.operationId), { connection });
  worker.on('error', (error) => logger.error({ err: error }, 'the worker of the fuzz target failed'));
  worker.on('failed', (_job, error) => logger.error({ err: error }, 'an operation of the fuzz target was not ended'));
  return worker;
}
