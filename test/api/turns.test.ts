// Passwords that are looked at do not take what others need.
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { verifyPassword } from '../../api/accounts/passwords.ts';
import { Turns } from '../../api/accounts/turns.ts';
import { AppError } from '../../api/errors.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccount, respondAsync } from '../support/api/calls.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  const limits = { LIMIT_LOGIN_ADDRESS: '1000', LIMIT_LOGIN_EMAIL: '1000', LIMIT_LOGIN_ACCOUNT: '1000' };
  api = await startApi({ variables: limits });
});
test.after.always(() => api.stop());

test('what comes beside work waits in order, and is refused where too much waits', async (t) => {
  const turns = new Turns({ atATime: 2, mostWaiting: 2 });
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const work = (which: number) =>
    turns.take(() => {
      begun.push(which);
      return new Promise<number>((resolve) => ends.push(() => resolve(which)));
    });
  const all = [0, 1, 2, 3].map(work);
  const refused = await t.throwsAsync(work(4), { instanceOf: AppError });
  t.like(refused, { code: 'TOO_BUSY', status: 503, retryAfter: 10 });
  t.deepEqual(begun, [0, 1]);
  ends[1]?.();
  t.is(await all[1], 1);
  await setImmediate();
  t.deepEqual(begun, [0, 1, 2]);
  const late = work(5);
  ends[0]?.();
  ends[2]?.();
  await Promise.all([all[0], all[2]]);
  await setImmediate();
  t.deepEqual(begun, [0, 1, 2, 3, 5]);
  for (const end of ends) end();
  t.is(await late, 5);
});

test('work that fails gives its turn to the next', async (t) => {
  const turns = new Turns({ atATime: 1, mostWaiting: 1 });
  const failing = turns.take(() => Promise.reject(new Error('on purpose')));
  const next = turns.take(() => Promise.resolve('next'));
  await t.throwsAsync(failing, { message: 'on purpose' });
  t.is(await next, 'next');
});

test.serial('files are read while passwords wait', async (t) => {
  const done: string[] = [];
  const passwords = Array.from({ length: 12 }, () =>
    verifyPassword('wrong', passwordHash).then(() => done.push('one')),
  );
  // By then all that may be at once are with Node's threads, before the file.
  await setImmediate();
  await Promise.all([...passwords, stat('/').then(() => done.push('file'))]);
  t.true(done.indexOf('file') < 4, done.join(' '));
});

test.serial('others are answered before most of fifty who log in at once', async (t) => {
  t.timeout(120_000);
  const { token } = await makeAccount(api);
  await call(api, 'POST', '/host', { token, headers: respondAsync });
  const answered: string[] = [];
  const note = (what: string) => () => answered.push(what);
  const form = { username: 'nobody@example.com', password: 'secure123' };
  const logIns = Array.from({ length: 50 }, async () => {
    t.is((await call(api, 'POST', '/auth/login', { form })).status, 401);
    answered.push('log-in');
  });
  const others = [
    call(api, 'GET', '/health').then(note('health')),
    call(api, 'GET', '/host/my', { token }).then(note('hosting')),
  ];
  await Promise.all([...others, ...logIns]);
  for (const other of ['health', 'hosting']) t.true(answered.indexOf(other) < 10, answered.join(' '));
});
