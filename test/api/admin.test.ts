// What an operator sees and does.
import test from 'ava';
import type { OperationKind } from '../../api/models/operation.ts';
import { reconcileDeletedAccounts } from '../../api/operations/hosting.ts';
import { reconcileSuspensions } from '../../api/operations/suspension.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type CallOptions, type Called, makeAccount } from '../support/api/calls.ts';
import { claim, endAsAsked, endCreate, makeHosting, queueCreate } from '../support/api/operations.ts';
import { run } from '../support/run.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
let operator: Account;

test.before(async () => {
  api = await startApi();
  operator = await makeOperator();
});
test.after.always(() => api.stop());

async function makeOperator(): Promise<Account> {
  const account = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: account.id } });
  return account;
}

function ask(method: string, path: string, options: CallOptions = {}): Promise<Called> {
  return call(api, method, `/admin${path}`, { token: operator.token, ...options });
}

function logIn({ email }: Account): Promise<Called> {
  return call(api, 'POST', '/auth/login', { form: { username: email, password } });
}

async function end(userId: number): Promise<string> {
  const { database } = api.stores;
  const open = await api.models.Operation.findOne({ where: { userId, state: 'queued' }, rejectOnEmpty: true });
  await endAsAsked(database, await claim(database, open.id));
  return open.kind;
}

test('a suspended user is out at once, and the hosting follows', async (t) => {
  const user = await makeAccount(api, passwordHash);
  await makeHosting(api.stores.database, user.id);
  const suspended = await ask('POST', `/users/${user.id}/suspend`);
  t.is(suspended.status, 200, suspended.text);
  t.like(suspended.body.data?.['user'], { id: user.id, suspended: true });
  t.like(suspended.body.data?.['operation'], { kind: 'suspend' });
  t.is((await call(api, 'GET', '/auth/me', { token: user.token })).status, 401);
  const refreshed = await call(api, 'POST', '/auth/refresh', { form: { refresh_token: user.refreshToken } });
  t.is(refreshed.body.error?.code, 'REFRESH_REFUSED');
  const refused = await logIn(user);
  t.is(refused.status, 403);
  t.is(refused.body.error?.code, 'ACCOUNT_SUSPENDED');
  const wrong = await call(api, 'POST', '/auth/login', { form: { username: user.email, password: 'not the one' } });
  t.is(wrong.body.error?.code, 'WRONG_CREDENTIALS', 'only who knows the password is told');
  t.is(await end(user.id), 'suspend');
  t.like(await api.models.Hosting.findByPk(user.id), { status: 'suspended', startedAt: null });

  const resumed = await ask('POST', `/users/${user.id}/resume`);
  t.like(resumed.body.data?.['operation'], { kind: 'resume' });
  t.is((await logIn(user)).status, 200);
  t.is(await end(user.id), 'resume');
  t.like(await api.models.Hosting.findByPk(user.id), { status: 'running' });
});

test('who is suspended while the hosting is being created is not forgotten', async (t) => {
  const user = await makeAccount(api);
  const { database } = api.stores;
  const { id } = await queueCreate(database, user.id);
  const suspended = await ask('POST', `/users/${user.id}/suspend`);
  t.is(suspended.body.data?.['operation'], null);
  await endCreate(database, await claim(database, id));
  await reconcileSuspensions(database);
  t.is(await api.models.Operation.count({ where: { userId: user.id, kind: 'suspend' } }), 0, 'not within seconds');
  await database.query("UPDATE hostings SET updated_at = now() - interval '11 seconds' WHERE user_id = $1", {
    bind: [user.id],
  });
  await Promise.all([reconcileSuspensions(database), reconcileSuspensions(database)]);
  t.is(await api.models.Operation.count({ where: { userId: user.id, kind: 'suspend' } }), 1);
});

/** Lets as much time pass as workers wait before they ask again. */
async function age(userId: number): Promise<void> {
  const { database } = api.stores;
  const bind = [userId];
  await database.query("UPDATE hostings SET updated_at = now() - interval '11 minutes' WHERE user_id = $1", { bind });
  await database.query("UPDATE operations SET ended_at = now() - interval '2 minutes' WHERE user_id = $1", { bind });
}

async function asked(userId: number, kind: OperationKind): Promise<number> {
  return api.models.Operation.count({ where: { userId, kind } });
}

test('suspended again after a resume that failed, a hosting is closed again', async (t) => {
  const user = await makeAccount(api);
  const { database } = api.stores;
  await makeHosting(database, user.id);
  await ask('POST', `/users/${user.id}/suspend`);
  await end(user.id);
  await ask('POST', `/users/${user.id}/resume`);
  await ask('POST', `/users/${user.id}/suspend`);
  const failure = { code: 'DEPLOYMENT_FAILED', status: 503, message: 'no' };
  const resume = await api.models.Operation.findOne({
    where: { userId: user.id, kind: 'resume' },
    rejectOnEmpty: true,
  });
  await endAsAsked(database, await claim(database, resume.id), failure);
  await api.models.Hosting.update({ status: 'suspended' }, { where: { userId: user.id } });
  await age(user.id);
  await reconcileSuspensions(database);
  t.is(await asked(user.id, 'suspend'), 2);
  await end(user.id);
  await age(user.id);
  await reconcileSuspensions(database);
  t.is(await asked(user.id, 'suspend'), 2, 'once is enough');
});

test('what always fails is asked for ten times in an hour', async (t) => {
  const user = await makeAccount(api);
  const { database } = api.stores;
  await makeHosting(database, user.id);
  await api.models.User.update({ suspendedAt: new Date() }, { where: { id: user.id } });
  const failed = { userId: user.id, kind: 'suspend', state: 'failed' } as const;
  await api.models.Operation.bulkCreate(Array.from({ length: 9 }, () => ({ ...failed, endedAt: new Date() })));
  await age(user.id);
  await reconcileSuspensions(database);
  t.is(await asked(user.id, 'suspend'), 10);
  const open = await api.models.Operation.findOne({ where: { userId: user.id, state: 'queued' }, rejectOnEmpty: true });
  await endAsAsked(database, await claim(database, open.id), { code: 'X', status: 503, message: 'no' });
  await age(user.id);
  await reconcileSuspensions(database);
  t.is(await asked(user.id, 'suspend'), 10);
});

test('a failed hosting of a suspended user is deleted, as its user asked and cannot ask again', async (t) => {
  const user = await makeAccount(api);
  const { database } = api.stores;
  await makeHosting(database, user.id);
  await api.models.Hosting.update({ status: 'failed' }, { where: { userId: user.id } });
  await ask('POST', `/users/${user.id}/suspend`);
  await age(user.id);
  await reconcileDeletedAccounts(database);
  t.is(await asked(user.id, 'delete'), 1);
});

test('a machine that a suspension switched off and then failed is on again after it', async (t) => {
  const user = await makeAccount(api);
  await makeHosting(api.stores.database, user.id);
  await api.models.Hosting.update({ status: 'stopped', powered: true }, { where: { userId: user.id } });
  const resumed = await ask('POST', `/users/${user.id}/resume`);
  t.like(resumed.body.data?.['operation'], { kind: 'resume' });
});

test('operators are not suspended, and nobody changes their own role', async (t) => {
  const other = await makeOperator();
  t.is((await ask('POST', `/users/${other.id}/suspend`)).body.error?.code, 'USER_PROTECTED');
  const own = await ask('POST', `/users/${operator.id}/role`, { json: { role: 'user' } });
  t.is(own.body.error?.code, 'USER_PROTECTED');
  const set = await ask('POST', `/users/${other.id}/role`, { json: { role: 'user' } });
  t.like(set.body.data?.['user'], { role: 'user' });
  t.is((await call(api, 'GET', '/admin/users', { token: other.token })).status, 403, 'at once');
  t.is((await ask('POST', '/users/99999999/suspend')).body.error?.code, 'USER_NOT_FOUND');
});

test('lists have what an operator looks for, and no secret', async (t) => {
  const user = await makeAccount(api);
  const id = await makeHosting(api.stores.database, user.id);
  const { randomSeed } = await api.models.Hosting.findByPk(user.id, { rejectOnEmpty: true });
  const { passwordHash } = await api.models.User.findByPk(user.id, { rejectOnEmpty: true });
  const users = await ask('GET', `/users?search=${encodeURIComponent(user.email.toUpperCase())}`);
  t.like(users.body.data, { total: 1, page: 1, pages: 1 });
  t.like((users.body.data?.['users'] as object[])[0], { email: user.email, hosting_status: 'running' });
  t.is((await ask('GET', '/users?search=%25')).body.data?.['total'], 0, 'a percent sign is itself');
  const hostings = await ask('GET', '/hostings');
  const listed = (hostings.body.data?.['hostings'] as { user_id: number }[]).find(({ user_id: of }) => of === user.id);
  t.like(listed, { stack: `hosting-${user.id}`, status: 'running' });
  const operations = await ask('GET', `/operations?user_id=${user.id}&state=succeeded`);
  t.like((operations.body.data?.['operations'] as object[])[0], { id, worker: 'worker-1', attempt: 1 });
  const node = await ask('GET', '/node');
  const { addresses } = node.body.data as { addresses: { free: number; total: number } };
  t.true(addresses.free < addresses.total);
  for (const { text } of [users, hostings, operations, node])
    for (const secret of [randomSeed, passwordHash]) t.false(text.includes(secret));
});

test('a query that is not in the document is refused', async (t) => {
  for (const query of ['page=0', 'page=x', 'pages=1', 'search=a&search=b'])
    t.is((await ask('GET', `/users?${query}`)).status, 422, query);
});

test('who did it is written down', async (t) => {
  const user = await makeAccount(api);
  await ask('POST', `/users/${user.id}/suspend`);
  await ask('POST', `/users/${user.id}/resume`);
  const events = await api.models.AuditEvent.findAll({
    where: { object: `account ${user.id}` },
    order: [['id', 'ASC']],
  });
  const told = events.map(({ action, userId }) => [action, userId]).slice(-2);
  t.deepEqual(told, [
    ['suspend_user', operator.id],
    ['resume_user', operator.id],
  ]);
});

test('the first operator is made by a command', async (t) => {
  const user = await makeAccount(api);
  const { databaseUrl, redisUrl } = api.stores;
  const command = (email: string) =>
    run('node', ['api/processes/make-operator.ts', email], {
      env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, JWT_SECRET: 'x'.repeat(32) },
      timeout: 30_000,
    });
  t.is((await call(api, 'GET', '/admin/users', { token: user.token })).status, 403);
  await command(user.email.toUpperCase());
  t.is((await call(api, 'GET', '/admin/users', { token: user.token })).status, 200);
  await t.throwsAsync(command('nobody@example.com'), { message: /sign up first/ });
});
