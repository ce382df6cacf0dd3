// What operators see of a user and do to one, and what their pages never tell.
import test from 'ava';
import { reportMachines } from '../../api/health/machines.ts';
import { machineOf } from '../support/api/machine.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { makeHosting } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
let operator: PageVisitor;
let self: Account;

test.before(async () => {
  api = await startApi();
  self = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: self.id } });
  operator = PageVisitor.as(api, self);
});
test.after.always(() => api.stop());

test('the way there is in the header for operators only', async (t) => {
  t.true((await operator.get('/hosting')).text.includes('href="/operator"'));
  const user = await PageVisitor.as(api, await makeAccount(api)).get('/hosting');
  t.false(user.text.includes('href="/operator"'));
});

test('a user is suspended on a page of its own, reads why, and is resumed', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const visitor = PageVisitor.as(api, account);
  t.is((await visitor.get('/hosting')).status, 200);
  const list = await operator.get(`/operator/users?search=${account.username}`);
  t.notRegex(list.text, /<form method="post" action="\/operator/, 'nothing acts at one click');
  const page = `/operator/users/${account.id}`;
  t.true(list.text.includes(`href="${page}"`));
  const before = await operator.get(page);
  for (const action of ['suspend', 'role', 'log-out'])
    t.regex(
      before.text,
      new RegExp(`<details[^>]*>\\s*<summary[^]*?</summary>\\s*<form method="post" action="${page}/${action}"`),
    );
  const reason = 'It sends <spam> to strangers.';
  const suspended = await operator.post(`${page}/suspend`, { form: { reason } });
  t.is(suspended.location, `${page}?done=suspend`);
  const after = await operator.get(suspended.location ?? '');
  t.regex(after.text, /The user is suspended[^]*tag bad">Suspended[^]*It sends &lt;spam&gt; to strangers\./);
  t.is((await visitor.get('/hosting')).location, '/login?over=1&back=%2Fhosting');
  const refused = await new PageVisitor(api).post('/login', { form: { email: account.email, password } });
  t.is(refused.status, 403);
  t.regex(refused.text, /The operator has suspended this account[^]*It sends &lt;spam&gt; to strangers\./);
  await operator.post(`${page}/resume`);
  t.notRegex((await operator.get(page)).text, /strangers/);
  t.is((await new PageVisitor(api).post('/login', { form: { email: account.email, password } })).status, 303);
});

test('a reason that is refused stays to be corrected', async (t) => {
  const account = await makeAccount(api);
  const reason = 'x'.repeat(501);
  const refused = await operator.post(`/operator/users/${account.id}/suspend`, { form: { reason } });
  t.is(refused.status, 422);
  t.regex(refused.text, /<details id="suspend" open>[^]*id="suspend-reason-error"[^]*value="x{501}"/);
  t.is((await api.models.User.findByPk(account.id))?.suspendedAt, null);
});

test('nobody suspends themselves, and roles are given to others', async (t) => {
  const refused = await operator.post(`/operator/users/${self.id}/suspend`);
  t.is(refused.status, 409);
  t.regex(refused.text, /role="alert"[^]*Operators cannot be suspended/);
  const account = await makeAccount(api);
  await operator.post(`/operator/users/${account.id}/role`, { form: { role: 'operator' } });
  t.is((await api.models.User.findByPk(account.id))?.role, 'operator');
  t.is((await PageVisitor.as(api, account).get('/operator')).status, 200);
  await operator.post(`/operator/users/${account.id}/role`, { form: { role: 'user' } });
  t.is((await PageVisitor.as(api, account).get('/operator')).status, 403);
});

test('a user is logged out everywhere', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  t.is((await visitor.get('/hosting')).status, 200);
  await operator.post(`/operator/users/${account.id}/log-out`);
  t.is((await visitor.get('/hosting')).location, '/login?over=1&back=%2Fhosting');
});

test('the page of a user has the hosting, operations, keys and log-ins', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const key = { userId: account.id, name: 'laptop', publicKey: 'ssh-ed25519 AAAA', fingerprint: 'SHA256:abc' };
  await api.models.SshKey.create({ ...key, state: 'installed' });
  await api.models.Session.update({ clientAddress: '192.0.2.7' }, { where: { id: account.sessionId } });
  const { vmId } = await machineOf(api.stores.database, account.id);
  const usage = { vmId, memoryBytes: 312e6, processorSeconds: 40, diskBytes: 73e6 };
  await reportMachines(api.services.redis, 'node-1', () => Promise.resolve([usage]));
  const { text } = await operator.get(`/operator/users/${account.id}`);
  const order = ['Running', vmId, 'On since', '312 MB', '40 s', '73.0 MB', 'virsh dominfo', 'Create', 'Succeeded'];
  t.regex(text, new RegExp(order.join('[^]*')));
  t.regex(text, /laptop[^]*SHA256:abc[^]*On the machine[^]*192\.0\.2\.7[^]*Last used/);
  t.is((await operator.get('/operator/users/99999999')).status, 404);
});

test('a session is used when its user asks for a page', async (t) => {
  const account = await makeAccount(api);
  await api.models.Session.update({ lastUsedAt: new Date(0) }, { where: { id: account.sessionId } });
  await PageVisitor.as(api, account).get('/hosting');
  const session = await api.models.Session.findByPk(account.sessionId, { rejectOnEmpty: true });
  t.true(Date.now() - session.lastUsedAt.getTime() < 60_000);
});

test.serial('the only operator is told to make another before the account is deleted', async (t) => {
  const only = await makeAccount(api, passwordHash);
  const others = await api.models.User.findAll({ where: { role: 'operator' } });
  const all = { where: { id: others.map(({ id }) => id) } };
  await api.models.User.update({ role: 'user' }, all);
  t.teardown(() => api.models.User.update({ role: 'operator' }, all));
  await api.models.User.update({ role: 'operator' }, { where: { id: only.id } });
  t.regex((await PageVisitor.as(api, only).get('/account')).text, /You are an operator/);
  const refused = await PageVisitor.as(api, only).post('/account/delete', { form: { password } });
  t.is(refused.status, 409);
  t.regex(refused.text, /role="alert"[^]*Make another user an operator first/);
  await api.models.User.update({ role: 'user' }, { where: { id: only.id } });
});

test.serial('an operator is not told to tell the operator', async (t) => {
  const { redis } = api.services;
  await redis.set('machines:odd', 'no JSON', 'EX', 15);
  await redis.sadd('names:machines', 'odd');
  t.teardown(() => redis.del('machines:odd'));
  const broken = await operator.get('/operator/hostings');
  t.is(broken.status, 500);
  t.regex(broken.text, /docker-compose logs/);
  t.notRegex(broken.text, /tell the operator/);
});

test('an id that is no number makes no call', async (t) => {
  t.is((await operator.post('/operator/users/x/suspend')).status, 404);
});

test('no page of the operator tells a secret of a user', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const visitor = PageVisitor.as(api, account);
  await visitor.post('/hosting');
  const [, oneTime = ''] = /<code id="ssh-password">([^<]+)</.exec((await visitor.get('/hosting')).text) ?? [];
  t.is(oneTime.length, 23);
  const lists = ['/operator/users?search=user', '/operator/hostings', '/operator/operations'];
  const paths = ['/operator', ...lists, `/operator/users/${account.id}`];
  for (const path of paths) {
    const { text } = await operator.get(path);
    for (const secret of [oneTime, account.refreshToken, account.token, '$2b$', '$6$', 'password_hash'])
      t.false(text.includes(secret), path);
  }
});
