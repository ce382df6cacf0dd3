import { type OperationFailure, type OperationKind, stepsOf } from '../../../api/models/operation.ts';
import { recordStep } from '../../../api/operations/claim.ts';
import { announceProgress } from '../../../api/operations/progress.ts';
import { startApi, type TestApi } from './api.ts';
import { endAsAsked } from './operations.ts';
import { startWorker } from './worker.ts';

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
const failures: Partial<Record<OperationKind, OperationFailure>> = {
  create: notReady,
  delete: unavailable,
  start: notReady,
  stop: unavailable,
  restart: notReady,
  suspend: unavailable,
  resume: notReady,
  keys: unavailable,
  password: unavailable,
  route: unavailable,
  sleep: unavailable,
  wake: notReady,
};

/** One operation of so many fails. */
const failEvery = 7;

/** The real api on real stores, with a worker that ends operations at once instead of making VMs. */
export async function startFuzzTarget(variables: NodeJS.ProcessEnv = {}): Promise<TestApi> {
  const api = await startApi({ variables: { JWT_LIFETIME_SECONDS: '86400', ...variables } });
  const { services } = api;
  let ended = 0;
  const stopWorker = startWorker(api, async (claim) => {
    const { id, kind } = claim.operation;
    await recordStep(services.database, claim, stepsOf[kind][1] ?? 'done');
    const error = ++ended % failEvery === 0 ? failures[kind] : undefined;
    await endAsAsked(services.database, claim, error);
    await announceProgress(services, id);
  });
  const stop = async () => {
    await stopWorker();
    await api.stop();
  };
  return { ...api, stop };
}
