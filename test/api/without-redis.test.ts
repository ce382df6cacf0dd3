// Redis is away: what is asked for is carried out all the same, and limits hold meanwhile.
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import test from 'ava';
import { startRedis } from '../../scripts/dev/redis.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccounts, respondAsync } from '../support/api/calls.ts';
import { endCreate } from '../support/api/operations.ts';
import { startWorker } from '../support/api/worker.ts';

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
  await Promise.all([api.services.redis, api.subscriber].map(isReady));
}

test('creates are accepted, and begun within a second; log-ins are counted by each process', async (t) => {
  t.timeout(30_000);
  const { services, stores } = api;
  const [patient, ...others] = await makeAccounts(api, 4);
  const create = (token = '', headers = {}) => call(api, 'POST', '/host', { token, headers });
  await stores.redis.stop();
  t.teardown(startWorker(api, (held) => endCreate(stores.database, held)));
  t.is((await create(patient?.token)).status, 201);
  const accepted = await Promise.all(others.map(({ token }) => create(token, respondAsync)));
  t.deepEqual(
    accepted.map(({ status }) => status),
    [202, 202, 202],
  );
  const ids = accepted.map(({ body }) => (body.data?.['operation'] as { id: string }).id);
  for (const id of ids) await services.progress.ended(id, AbortSignal.timeout(10_000));
  t.is(await api.models.Operation.count({ where: { state: 'succeeded', attempt: 1 } }), 4);
  t.regex(api.log(), /a change of an operation could not be announced/);

  const form = { username: 'nobody@example.com', password: 'not the secret' };
  const logIns: number[] = [];
  for (let index = 0; index < 4; index++) logIns.push((await call(api, 'POST', '/auth/login', { form })).status);
  t.deepEqual(logIns, [401, 401, 401, 429]);

  await startRedisAgain();
  const heard = new Promise((resolve) => api.subscriber.once('message', (_channel, id) => resolve(id)));
  const [late] = await makeAccounts(api, 1);
  t.is((await create(late?.token)).status, 201);
  t.truthy(await api.models.Operation.findOne({ where: { id: String(await heard), userId: late?.id ?? 0 } }));
});
