// The rows are the queue: each operation is taken once, in its order, and none is forgotten.
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import PQueue from 'p-queue';
import { startPostgres } from '../../scripts/dev/postgres.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { type Claim, claimNext, endOperation, releaseClaim } from '../../api/operations/claim.ts';
import { announceProgress } from '../../api/operations/progress.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';
import { claim, letLapse, queueMany as queueWordlessly } from '../support/api/operations.ts';
import { startWorker } from '../support/api/worker.ts';
import { lanesOf } from '../../api/jobs/lanes.ts';
import type { OperationKind } from '../../api/models/operation.ts';

/** Those of the lane that creates are in. */
const hands = lanesOf(() => Promise.resolve()).find(({ kinds }) => kinds.includes('create'))?.hands ?? 0;

let api: TestApi;
let postgresAgain: Service | undefined;

test.before(async () => {
  api = await startApi();
});
test.after.always(async () => {
  await postgresAgain?.stop();
  await api.stop();
});

test.beforeEach(async (t) => {
  t.timeout(60_000);
  await api.stores.database.query('TRUNCATE operations CASCADE');
});

const queueMany = (count: number, kind?: OperationKind) => queueWordlessly(api.stores.database, count, kind);
const end = (held: Claim) =>
  endOperation(api.stores.database, held, { state: 'succeeded', effect: () => Promise.resolve() });
const takeNext = async () => (await claimNext(api.stores.database, 'worker-1'))?.operation.id;
const complaints = () => api.log().split('operations do not go on here').length - 1;

async function untilAllEnded(): Promise<void> {
  while (await api.models.Operation.count({ where: { state: ['queued', 'running'] } })) await delay(20);
}

test.serial(
  'the oldest is taken first; one whose worker died has its place, and none is taken that is held',
  async (t) => {
    const { database } = api.stores;
    const [held = '', first = '', lapsed = '', ended = '', last = ''] = await queueMany(5);
    await claim(database, held);
    await claim(database, lapsed);
    await letLapse(database, lapsed);
    await end(await claim(database, ended));
    t.deepEqual(
      [await takeNext(), await takeNext(), await takeNext(), await takeNext()],
      [first, lapsed, last, undefined],
    );
  },
);

test.serial('the look at the parts tells how many wait and how many are under way', async (t) => {
  await queueMany(3);
  await takeNext();
  const { body } = await call(api, 'GET', '/health/detailed');
  const { parts } = body.error?.details as { parts: Record<string, object> };
  t.like(parts['queue'], { state: 'up', details: { waiting: 2, active: 1 } });
});

test.serial('workers that ask at the same moment get one each', async (t) => {
  const ids = await queueMany(24);
  const taken = await Promise.all(Array.from({ length: 32 }, takeNext));
  t.deepEqual(taken.filter((id) => id !== undefined).sort(), ids.sort());
});

test.serial('five workers end a hundred that wait, each once', async (t) => {
  const ids = await queueMany(100);
  const performed: string[] = [];
  for (let n = 0; n < 5; n++) {
    const perform = (held: Claim) => {
      performed.push(held.operation.id);
      return end(held);
    };
    t.teardown(startWorker(api, perform, `worker-${n}`));
  }
  await untilAllEnded();
  t.deepEqual(performed.sort(), ids.sort());
  const operations = await api.models.Operation.findAll();
  t.true(operations.every(({ state, attempt }) => state === 'succeeded' && attempt === 1));
  t.true(new Set(operations.map(({ worker }) => worker)).size > 1);
});

test.serial('what is announced is begun at once, and anything else within a second', async (t) => {
  t.teardown(startWorker(api, end));
  const wait = async (announce: boolean) => {
    const [id = ''] = await queueMany(1);
    const start = performance.now();
    if (announce) await announceProgress(api.services, id);
    await untilAllEnded();
    return performance.now() - start;
  };
  let announced = 0;
  for (let n = 0; n < 5; n++) announced += await wait(true);
  t.true(announced < 2_500, `${announced} ms for five, which took five looks`);
  const unannounced = await wait(false);
  t.true(unannounced < 3_000, `${unannounced} ms`);
});

test.serial(
  'as many are under way as there are hands, and others that wait for something else go past them',
  async (t) => {
    const ids = await queueMany(hands + 2);
    const ends = new Map<string, () => void>();
    const stop = startWorker(api, async (held, letNext) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(held.operation.id, resolve);
      letNext();
      await promise;
      await end(held);
    });
    t.teardown(stop);
    t.teardown(() => ends.forEach((finish) => finish()));
    while (ends.size < hands) await delay(10);
    const [keys = ''] = await queueMany(1, 'keys');
    while (!ends.has(keys)) await delay(10);
    t.deepEqual([...ends.keys()], [...ids.slice(0, hands), keys]);
    ends.get(ids[2] ?? '')?.();
    while (ends.size < hands + 2) await delay(10);
    t.is([...ends.keys()].at(-1), ids[hands]);
    t.is(await api.models.Operation.count({ where: { state: 'queued' } }), 1);
  },
);

test.serial('none is taken for an engine that has something to do', async (t) => {
  const engine = new PQueue({ concurrency: 1 });
  const [first = '', second = ''] = await queueMany(2);
  const { promise: engineEnds, resolve: endEngine } = Promise.withResolvers<void>();
  const { promise: answers, resolve: answer } = Promise.withResolvers<void>();
  const perform = async (held: Claim, letNext: () => void) => {
    await engine.add(() => (letNext(), engineEnds));
    if (held.operation.id === first) await answers;
    await end(held);
  };
  t.teardown(startWorker(api, perform, 'worker-1', () => engine.onIdle()));
  while (!(await api.models.Operation.count({ where: { state: 'running' } }))) await delay(10);
  await delay(1_500); // Longer than it takes to look again.
  t.like(await api.models.Operation.findByPk(second), { state: 'queued', attempt: 0 });
  endEngine();
  await api.services.progress.ended(second, AbortSignal.timeout(10_000));
  t.like(await api.models.Operation.findByPk(first), { state: 'running' }, 'its machine has not answered yet');
  answer();
  await untilAllEnded();
});

test.serial(
  'none is taken for the engine before the one taken last is there, and another worker takes it',
  async (t) => {
    const [first = '', second = '', third = ''] = await queueMany(3);
    const letNext = new Map<string, () => void>();
    const ends = Promise.withResolvers<void>();
    const perform = async (held: Claim, ready: () => void) => {
      letNext.set(held.operation.id, ready);
      await ends.promise;
      await end(held);
    };
    t.teardown(ends.resolve);
    t.teardown(startWorker(api, perform, 'worker-1'));
    while (!letNext.has(first)) await delay(10);
    await delay(1_500); // Longer than it takes to look again.
    t.deepEqual([...letNext.keys()], [first], 'it is about to ask for the engine');
    t.teardown(startWorker(api, perform, 'worker-2'));
    while (!letNext.has(second)) await delay(10);
    await delay(1_500);
    t.false(letNext.has(third));
    letNext.get(second)?.();
    while (!letNext.has(third)) await delay(10);
    const workers = await Promise.all([first, second, third].map((id) => api.models.Operation.findByPk(id)));
    t.deepEqual(
      workers.map((operation) => operation?.worker),
      ['worker-1', 'worker-2', 'worker-2'],
    );
    ends.resolve();
    await untilAllEnded();
  },
);

test.serial('a worker that stops gives back what it works on, and takes nothing more', async (t) => {
  const { database } = api.stores;
  const ids = await queueMany(hands + 1);
  const begun: string[] = [];
  const stop = startWorker(api, async (held, letNext, signal) => {
    letNext();
    begun.push(held.operation.id);
    await once(signal, 'abort');
    await releaseClaim(database, held);
  });
  while (begun.length < hands) await delay(10);
  await stop();
  t.deepEqual(begun, ids.slice(0, hands));
  t.like(await api.models.Operation.findByPk(ids[hands]), { state: 'queued', attempt: 0 });
  t.is(await takeNext(), ids[0]);
  t.like(await api.models.Operation.findByPk(ids[0]), { attempt: 2 });
});

test.serial(
  'a worker that fails goes on with others; what it failed at is taken up when its claim has lapsed',
  async (t) => {
    const { database } = api.stores;
    const [poor = '', other = ''] = await queueMany(2);
    const before = complaints();
    const perform = (held: Claim) => (held.operation.id === poor && held.attempt === 1 ? fail() : end(held));
    const fail = () => Promise.reject(new Error('broken on the way'));
    t.teardown(startWorker(api, perform));
    await api.services.progress.ended(other, AbortSignal.timeout(10_000));
    t.like(await api.models.Operation.findByPk(other), { state: 'succeeded' });
    t.like(await api.models.Operation.findByPk(poor), { state: 'running', attempt: 1 });
    t.is(complaints(), before + 1);
    t.regex(api.log(), new RegExp(`broken on the way.*"operation":"${poor}"`));
    await letLapse(database, poor);
    await untilAllEnded();
    t.like(await api.models.Operation.findByPk(poor), { state: 'succeeded', attempt: 2 });
  },
);

test.serial('while the database is away a worker says so, and looks again', async (t) => {
  const { postgres, databaseUrl, directory } = api.stores;
  await queueMany(1);
  const before = complaints();
  await postgres.stop();
  t.teardown(startWorker(api, end));
  while (complaints() < before + 2) await delay(50);
  const { port, password } = new URL(databaseUrl);
  const options = { directory: join(directory, 'postgres'), logs: join(directory, 'logs'), password };
  postgresAgain = await startPostgres({ ...options, port: Number(port) });
  await untilAllEnded();
  t.is(await api.models.Operation.count({ where: { state: 'succeeded', attempt: 1 } }), 1);
});
