// What workers report, and that it ends with them.
import test from 'ava';
import { Reports } from '../../api/health/reports.ts';
import { startApi, type TestApi } from '../support/api/api.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

test('what is not reported again is gone, and so is its name', async (t) => {
  const { redis } = api.services;
  const reports = new Reports('test', 60);
  for (const name of ['one', 'other', 'third']) await reports.write(redis, name, `of ${name}`);
  t.deepEqual((await reports.readAll(redis)).toSorted(), ['of one', 'of other', 'of third']);
  t.is(await reports.read(redis, 'one'), 'of one');
  // As its time does.
  await redis.pexpire('test:one', 0);
  await reports.withdraw(redis, 'other');
  t.deepEqual(await reports.readAll(redis), ['of third']);
  t.deepEqual(await redis.smembers('names:test'), ['third']);
  t.is(await reports.read(redis, 'one'), null);
  t.deepEqual(await new Reports('another', 60).readAll(redis), []);
});
