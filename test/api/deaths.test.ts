// What kills its worker fails in the end; what ran beside it does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { type Claim, endOperation, releaseClaim } from '../../api/operations/claim.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { claim, letLapse, queueMany } from '../support/api/operations.ts';
import { startWorker } from '../support/api/worker.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

test.beforeEach(async (t) => {
  t.timeout(120_000);
  await api.stores.database.query('TRUNCATE operations CASCADE');
});

const find = (id: string) => api.models.Operation.findByPk(id, { rejectOnEmpty: true });
const succeed = (held: Claim) =>
  endOperation(api.stores.database, held, { state: 'succeeded', effect: () => Promise.resolve() });

async function untilAllEnded(): Promise<void> {
  while (await api.models.Operation.count({ where: { state: ['queued', 'running'] } })) await delay(20);
}

test.serial('a worker’s death counts, and what it gave back does not', async (t) => {
  const { database } = api.stores;
  const [id = ''] = await queueMany(database, 1);
  await releaseClaim(database, await claim(database, id));
  await claim(database, id);
  t.like(await find(id), { attempt: 2, deaths: 0 });
  await letLapse(database, id);
  await releaseClaim(database, await claim(database, id));
  await claim(database, id);
  t.like(await find(id), { attempt: 4, deaths: 1 });
});

test.serial('what two workers died of is carried out alone, and nothing beside it in any lane', async (t) => {
  const { database } = api.stores;
  const [before = ''] = await queueMany(database, 1, 'keys');
  const [poor = ''] = await queueMany(database, 1);
  const ends = new Map<string, () => void>();
  const perform = async (held: Claim, letNext: () => void) => {
    letNext();
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(held.operation.id, resolve);
    await promise;
    await succeed(held);
  };
  await claim(database, poor);
  t.teardown(startWorker(api, perform));
  t.teardown(() => ends.forEach((finish) => finish()));
  while (!ends.has(before)) await delay(10);
  const others = [...(await queueMany(database, 2)), ...(await queueMany(database, 1, 'keys'))];
  while (others.some((id) => !ends.has(id))) await delay(10);
  // Its second worker dies too.
  await api.models.Operation.update({ deaths: 1, leaseUntil: new Date(0) }, { where: { id: poor } });
  const late = [...(await queueMany(database, 1, 'wake')), ...(await queueMany(database, 1, 'keys'))];
  await delay(1_500); // Longer than it takes to look again.
  t.deepEqual([...ends.keys()].sort(), [before, ...others].sort(), 'nothing is taken until it can be alone');
  ends.forEach((finish) => finish());
  while (!ends.has(poor)) await delay(10);
  await delay(1_500);
  t.deepEqual([...ends.keys()].sort(), [before, ...others, poor].sort(), 'nothing is taken beside it');
  ends.get(poor)?.();
  while (late.some((id) => !ends.has(id))) await delay(10);
  ends.forEach((finish) => finish());
  await untilAllEnded();
});

test.serial(
  'what kills its worker again and again fails in the end, and all that was beside it succeeds',
  async (t) => {
    const { database, databaseUrl, redisUrl } = api.stores;
    const [killer = '', ...beside] = [...(await queueMany(database, 3)), ...(await queueMany(database, 2, 'keys'))];
    let workers = 0;
    while (await api.models.Operation.count({ where: { state: ['queued', 'running'] } })) {
      const script = `${import.meta.dirname}/../support/api/deadly-worker.ts`;
      const worker = spawn(process.execPath, [script, databaseUrl, redisUrl, `worker-${++workers}`, killer], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const died = once(worker, 'exit');
      await Promise.race([died, untilAllEnded()]);
      worker.kill('SIGKILL');
      await died;
      for (const { id } of await api.models.Operation.findAll({ where: { state: 'running' } }))
        await letLapse(database, id);
    }
    t.like(await find(killer), { state: 'failed', deaths: 5, error: { code: 'WORKER_LOST', status: 503 } });
    for (const id of beside) {
      const { state, deaths } = await find(id);
      t.is(state, 'succeeded');
      t.true(deaths <= 2, `${deaths} deaths beside the killer, and none alone`);
    }
    t.true(
      (await Promise.all(beside.map(find))).some(({ deaths }) => deaths > 0),
      'some ran beside it',
    );
  },
);
