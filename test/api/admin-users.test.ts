// What an operator is told of users and of the node, and how users are found, warned and logged out.
import test from 'ava';
import { reportMachines } from '../../api/health/machines.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type CallOptions, type Called, makeAccount } from '../support/api/calls.ts';
import { beatAs } from '../support/api/heartbeat.ts';
import { machineOf } from '../support/api/machine.ts';
import { makeHosting } from '../support/api/operations.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
let operator: Account;

test.before(async () => {
  api = await startApi();
  operator = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
});
test.after.always(() => api.stop());

function ask(method: string, path: string, options: CallOptions = {}): Promise<Called> {
  return call(api, method, `/admin${path}`, { token: operator.token, ...options });
}

function logIn({ email }: Account): Promise<Called> {
  return call(api, 'POST', '/auth/login', { form: { username: email, password } });
}

test('a suspension has a reason, which its user is told, and which goes with it', async (t) => {
  const user = await makeAccount(api, passwordHash);
  const reason = '  다른 사람에게 스팸을 보냈습니다. ';
  const suspended = await ask('POST', `/users/${user.id}/suspend`, { json: { reason } });
  t.is(suspended.status, 200, suspended.text);
  t.like(suspended.body.data?.['user'], { suspended: true, suspension_reason: reason.trim() });
  const refused = await logIn(user);
  t.deepEqual(refused.body.error, { code: 'ACCOUNT_SUSPENDED', details: { reason: reason.trim() } });
  const wrong = await call(api, 'POST', '/auth/login', { form: { username: user.email, password: 'not the one' } });
  t.false(wrong.text.includes(reason.trim()), 'only who knows the password is told');
  await ask('POST', `/users/${user.id}/suspend`);
  const listed = await ask('GET', `/users?search=${user.email}`);
  t.like((listed.body.data?.['users'] as object[])[0], { suspension_reason: reason.trim() }, 'it stays');
  await ask('POST', `/users/${user.id}/resume`);
  t.like(await api.models.User.findByPk(user.id), { suspendedAt: null, suspensionReason: null });
  await ask('POST', `/users/${user.id}/suspend`, { json: { reason: ' ' } });
  t.deepEqual((await logIn(user)).body.error?.details, { reason: null });
});

test('a doubled click suspends once, and resumes once', async (t) => {
  const user = await makeAccount(api);
  await makeHosting(api.stores.database, user.id);
  const twice = (action: string) => [action, action].map((one) => ask('POST', `/users/${user.id}/${one}`));
  for (const { status, text } of await Promise.all(twice('suspend'))) t.is(status, 200, text);
  t.is(await api.models.Operation.count({ where: { userId: user.id, kind: 'suspend' } }), 1);
  for (const { status, text } of await Promise.all(twice('resume'))) t.is(status, 200, text);
  t.is((await api.models.User.findByPk(user.id))?.suspendedAt, null);
});

for (const reason of ['two\nlines', 'x'.repeat(501), '\ud800', 5]) {
  test(`refused: the reason ${JSON.stringify(reason).slice(0, 20)}`, async (t) => {
    const user = await makeAccount(api);
    const refused = await ask('POST', `/users/${user.id}/suspend`, { json: { reason } });
    t.is(refused.body.error?.code, 'VALIDATION_FAILED', refused.text);
    t.is((await api.models.User.findByPk(user.id))?.suspendedAt, null);
  });
}

test('one user is told with hosting, keys and log-ins, and no secret', async (t) => {
  const user = await makeAccount(api, passwordHash);
  await makeHosting(api.stores.database, user.id);
  const key = { userId: user.id, name: 'laptop', publicKey: 'ssh-ed25519 AAAA-whole', fingerprint: 'SHA256:abc' };
  await api.models.SshKey.create({ ...key, state: 'installed' });
  const { randomSeed, instanceId } = await api.models.Hosting.findByPk(user.id, { rejectOnEmpty: true });
  const { refreshHash } = await api.models.Session.findByPk(user.sessionId, { rejectOnEmpty: true });
  const told = await ask('GET', `/users/${user.id}`);
  t.is(told.status, 200, told.text);
  const data = told.body.data as { sessions: object[]; ssh_keys: object[] };
  t.like(data, {
    user: { id: user.id, suspension_reason: null },
    hosting: { stack: `hosting-${user.id}`, usage: null },
  });
  t.like(data.ssh_keys, [{ name: 'laptop', fingerprint: 'SHA256:abc', state: 'installed' }]);
  t.deepEqual(Object.keys(data.sessions[0] ?? {}), ['client_address', 'created_at', 'last_used_at', 'expires_at']);
  for (const secret of [randomSeed, instanceId, refreshHash, passwordHash, user.sessionId])
    t.false(told.text.includes(secret), secret);
  t.is((await ask('GET', '/users/99999999')).body.error?.code, 'USER_NOT_FOUND');
});

test('an operator logs a user out everywhere; of their own sessions the one that asks goes on', async (t) => {
  const user = await makeAccount(api);
  t.is((await ask('DELETE', `/users/${user.id}/sessions`)).status, 200);
  t.is((await call(api, 'GET', '/auth/me', { token: user.token })).status, 401);
  const event = await api.models.AuditEvent.findOne({
    where: { object: `account ${user.id}`, action: 'end_sessions' },
  });
  t.is(event?.userId, operator.id);
  t.is((await ask('DELETE', `/users/${operator.id}/sessions`)).status, 200);
  t.is((await ask('GET', '/users')).status, 200);
});

test('lists are searched and sorted: the newest first', async (t) => {
  const named = async (username: string) => {
    const account = await makeAccount(api);
    await api.models.User.update({ username }, { where: { id: account.id } });
    await makeHosting(api.stores.database, account.id);
    return account.id;
  };
  const ids = [await named('sorted-b'), await named('Sorted-a'), await named('sorted-c')];
  const [b, a, c] = ids;
  await api.models.User.update({ suspendedAt: new Date() }, { where: { id: Number(b) } });
  await api.models.Hosting.update({ status: 'failed' }, { where: { userId: Number(a) } });
  const listed = async (list: 'users' | 'hostings', sort = '') => {
    const { body } = await ask('GET', `/${list}?search=SORTED-${sort}`);
    return (body.data?.[list] as { id: number; user_id?: number }[]).map(({ id, user_id: of }) => of ?? id);
  };
  for (const list of ['users', 'hostings'] as const) {
    t.deepEqual(await listed(list), [c, a, b], list);
    t.deepEqual(await listed(list, '&sort=oldest'), [b, a, c], list);
    t.deepEqual(await listed(list, '&sort=name'), [a, b, c], list);
  }
  t.is((await listed('users', '&sort=state'))[0], b);
  t.is((await listed('hostings', '&sort=state'))[0], a);
  const byMachine = await ask('GET', `/hostings?search=${(await machineOf(api.stores.database, c ?? 0)).vmId}`);
  t.like(byMachine.body.data, { total: 1, hostings: [{ user_id: c }] });
  t.like((await ask('GET', `/users?search=%23${c}`)).body.data, { total: 1 });
  t.is((await ask('GET', '/users?sort=odd')).status, 422);
  await api.models.User.update({ siteName: 'xn--o39akkn3e' }, { where: { id: Number(b) } });
  for (const search of ['꽃가게', '꽃가', '가게'.normalize('NFD'), 'xn--o39akkn3e'])
    t.like((await ask('GET', `/users?search=${encodeURIComponent(search)}`)).body.data, {
      total: 1,
      users: [{ id: b }],
    });
});

test.serial('the only operator neither deletes the account nor loses the role', async (t) => {
  const others = await api.models.User.findAll({ where: { role: 'operator' } });
  const only = await makeAccount(api, passwordHash);
  await api.models.User.update({ role: 'user' }, { where: { id: others.map(({ id }) => id) } });
  t.teardown(() => api.models.User.update({ role: 'operator' }, { where: { id: others.map(({ id }) => id) } }));
  await api.models.User.update({ role: 'operator' }, { where: { id: only.id } });
  const deletion = { token: only.token, json: { password } };
  const refused = await call(api, 'DELETE', '/auth/me', deletion);
  t.is(refused.status, 409);
  t.is(refused.body.error?.code, 'LAST_OPERATOR');
  t.is((await call(api, 'GET', '/auth/me', { token: only.token })).status, 200);

  // Each takes the role from the other, at once: one of them stays.
  const second = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: second.id } });
  const take = ({ token }: Account, { id }: Account) =>
    call(api, 'POST', `/admin/users/${id}/role`, { token, json: { role: 'user' } });
  const taken = await Promise.all([take(only, second), take(second, only)]);
  t.is(taken.filter(({ status }) => status === 200).length, 1, JSON.stringify(taken.map(({ text }) => text)));
  t.is(await api.models.User.count({ where: { role: 'operator' } }), 1);

  await api.models.User.update({ role: 'operator' }, { where: { id: [only.id, second.id] } });
  t.is((await call(api, 'DELETE', '/auth/me', deletion)).status, 200, 'another is left');
});

test.serial('the node tells of memory, processors and disk, and what each machine uses of it', async (t) => {
  const { redis } = api.services;
  t.teardown(await beatAs(redis, 'kvm'));
  const user = await makeAccount(api);
  await makeHosting(api.stores.database, user.id);
  const { vmId } = await machineOf(api.stores.database, user.id);
  const usage = { vmId, memoryBytes: 300e6, diskBytes: 40e6 };
  const look = (processorSeconds: number) => () => Promise.resolve([{ ...usage, processorSeconds }]);
  t.teardown(() => redis.del('machines:node-kvm', 'turn:machines:node-kvm'));
  await reportMachines(redis, 'node-kvm', look(10), 1_000);
  const shown = async () => (await ask('GET', `/users/${user.id}`)).body.data?.['hosting'] as { usage: object };
  t.deepEqual((await shown()).usage, {
    memory_bytes: 300e6,
    processors: null,
    processor_seconds: 10,
    disk_bytes: 40e6,
  });
  await reportMachines(redis, 'node-kvm', look(99), 2_000);
  t.like((await shown()).usage, { processor_seconds: 10 }, 'another worker has looked already');
  await redis.del('turn:machines:node-kvm');
  await reportMachines(redis, 'node-kvm', look(12.5), 11_000);
  t.like((await shown()).usage, { processors: 0.25 });
  // A worker of an earlier version tells less, and is about to be replaced.
  await redis.set('worker:earlier', '{}', 'EX', 15);
  await redis.sadd('names:worker', 'earlier');
  t.teardown(() => redis.del('worker:earlier'));
  const { body } = await ask('GET', '/node');
  t.like((body.data?.['nodes'] as object[])[0], {
    memory: { free_bytes: 5.4e9, total_bytes: 16.5e9 },
    processors: { count: 4, load: 1.25 },
  });
});
