// Redis is away: what was acknowledged reaches the queue when it is back, and limits hold meanwhile.
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import test from 'ava';
import { OutboxEntry } from '../../api/models/operation.ts';
import { publishOutbox, sweepOperations } from '../../api/operations/outbox.ts';
import { startRedis } from '../../scripts/dev/redis.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccounts, respondAsync } from '../support/api/calls.ts';

let api: TestApi;
let redisAgain: Service | undefined;

test.before(async () => {
  api = await startApi({ variables: { LIMIT_LOGIN_ACCOUNT: '3' } });
});
test.after.always(async () => {
  await redisAgain?.stop();
  await api.stop();
});

/** Not `events.once`, which takes the errors of attempts to connect for its own. */
function isReady(connection: Redis): Promise<void> {
  return new Promise((resolve) => {
    if (connection.status === 'ready') resolve();
    else connection.once('ready', () => resolve());
  });
}

async function startRedisAgain(): Promise<void> {
  const { directory, redisUrl } = api.stores;
  const { port, password } = new URL(redisUrl);
  const options = { directory: join(directory, 'redis'), logs: join(directory, 'logs'), port: Number(port), password };
  redisAgain = await startRedis(options);
  await isReady(api.queueRedis);
}

test('creates are accepted, kept, and published when Redis is back; log-ins are counted by each process', async (t) => {
  t.timeout(30_000);
  const { database } = api.stores;
  const { queue } = api.services;
  const accounts = await makeAccounts(api, 3);
  await api.stores.redis.stop();
  const created = await Promise.all(
    accounts.map(({ token }) => call(api, 'POST', '/host', { token, headers: respondAsync })),
  );
  t.deepEqual(
    created.map(({ status }) => status),
    [202, 202, 202],
  );
  const ids = created.map(({ body }) => (body.data?.['operation'] as { id: string }).id).sort();
  t.is(await OutboxEntry.count(), 3);
  t.is((await call(api, 'GET', '/host/my', { token: accounts[0]?.token ?? '' })).status, 200);
  await t.throwsAsync(publishOutbox(database, queue));
  t.is(await OutboxEntry.count(), 3);

  const form = { username: 'nobody@example.com', password: 'not the secret' };
  const logIns: number[] = [];
  for (let index = 0; index < 4; index++) logIns.push((await call(api, 'POST', '/auth/login', { form })).status);
  t.deepEqual(logIns, [401, 401, 401, 429]);

  await startRedisAgain();
  t.is(await publishOutbox(database, queue), 3);
  t.is(await OutboxEntry.count(), 0);
  t.deepEqual((await queue.getJobs()).map(({ data }) => data.operationId).sort(), ids);

  await queue.obliterate({ force: true });
  await database.query("UPDATE operations SET created_at = now() - interval '1 minute'");
  await sweepOperations(database);
  t.is(await publishOutbox(database, queue), 3);
  t.deepEqual((await queue.getJobs()).map(({ data }) => data.operationId).sort(), ids);
});
