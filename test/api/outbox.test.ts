// From the rows to the queue: every operation arrives, and none is forgotten.
import { once } from 'node:events';
import test from 'ava';
import { OutboxEntry } from '../../api/models/operation.ts';
import { claimOperation } from '../../api/operations/claim.ts';
import { publishOutbox, sweepOperations } from '../../api/operations/outbox.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccounts } from '../support/api/calls.ts';
import { claim, endCreate, letLapse, queueCreate } from '../support/api/operations.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

test.beforeEach(async () => {
  await api.stores.database.query('TRUNCATE operations CASCADE');
  await api.stores.database.query('TRUNCATE hostings, ssh_keys');
  await api.services.queue.obliterate({ force: true });
});

async function queueMany(count: number): Promise<string[]> {
  const { database } = api.stores;
  const accounts = await makeAccounts(api, count);
  const operations = await Promise.all(accounts.map(({ id }) => queueCreate(database, id)));
  return operations.map(({ id }) => id).sort();
}

async function queuedIds(): Promise<string[]> {
  return (await api.services.queue.getJobs()).map(({ data }) => data.operationId).sort();
}

async function outboxIds(): Promise<string[]> {
  return (await OutboxEntry.findAll()).map(({ operationId }) => operationId).sort();
}

test.serial('publishers at once move every entry once', async (t) => {
  const { database } = api.stores;
  const ids = await queueMany(24);
  const moved = await Promise.all(Array.from({ length: 8 }, () => publishOutbox(database, api.services.queue)));
  t.is(
    moved.reduce((sum, count) => sum + count),
    24,
  );
  t.deepEqual(await queuedIds(), ids);
  t.deepEqual(await outboxIds(), []);
});

test.serial('an entry that the queue refused stays for the next time', async (t) => {
  const { database } = api.stores;
  const ids = await queueMany(3);
  // Until then it would refuse to connect again.
  const ended = once(api.queueRedis, 'end');
  api.queueRedis.disconnect();
  await ended;
  await t.throwsAsync(publishOutbox(database, api.services.queue));
  t.deepEqual(await outboxIds(), ids);
  await api.queueRedis.connect();
  t.is(await publishOutbox(database, api.services.queue), 3);
  t.deepEqual(await queuedIds(), ids);
});

test.serial('an entry published again while its job waits adds no other job', async (t) => {
  const { database } = api.stores;
  const [id = ''] = await queueMany(1);
  await publishOutbox(database, api.services.queue);
  await OutboxEntry.create({ operationId: id });
  t.is(await publishOutbox(database, api.services.queue), 1);
  t.deepEqual(await queuedIds(), [id]);
});

test.serial('the sweep takes up what nobody works on, and nothing else', async (t) => {
  const { database } = api.stores;
  const ids = await queueMany(5);
  const [fresh = '', old = '', held = '', lapsed = '', ended = ''] = ids;
  await publishOutbox(database, api.services.queue);
  await database.query("UPDATE operations SET created_at = now() - interval '16 seconds' WHERE id = $1", {
    bind: [old],
  });
  await claim(database, held);
  await claim(database, lapsed);
  await letLapse(database, lapsed);
  await endCreate(database, await claim(database, ended));
  await letLapse(database, ended);
  await sweepOperations(database);
  await sweepOperations(database);
  t.deepEqual(await outboxIds(), [old, lapsed].sort());
  t.false((await outboxIds()).includes(fresh));
});

test.serial('a lapsed operation comes as another job, for whoever claims it next', async (t) => {
  const { database } = api.stores;
  const [id = ''] = await queueMany(1);
  await publishOutbox(database, api.services.queue);
  await claim(database, id);
  await letLapse(database, id);
  await sweepOperations(database);
  await publishOutbox(database, api.services.queue);
  t.deepEqual(await queuedIds(), [id, id]);
  t.is((await claimOperation(database, id, 'worker-2'))?.attempt, 2);
});
