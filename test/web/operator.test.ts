// The operator's pages: what they show, what they do, and what they never tell.
import test from 'ava';
import { reportMachines } from '../../api/health/machines.ts';
import { Operation } from '../../api/models/operation.ts';
import { Session } from '../../api/models/session.ts';
import { SshKey } from '../../api/models/ssh-key.ts';
import { User } from '../../api/models/user.ts';
import { hashPassword } from '../../api/accounts/passwords.ts';
import { hostingNames } from '../../programs/names.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { beatAs } from '../support/api/heartbeat.ts';
import { claim, endCreate, makeHosting, queueCreate } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

let api: TestApi;
let operator: PageVisitor;
let self: Account;
const password = 'secure123';

test.before(async () => {
  api = await startApi();
  self = await makeAccount(api);
  await User.update({ role: 'operator' }, { where: { id: self.id } });
  operator = PageVisitor.as(api, self);
});
test.after.always(() => api.stop());

test('the way there is in the header for operators only', async (t) => {
  t.true((await operator.get('/hosting')).text.includes('href="/operator"'));
  const user = await PageVisitor.as(api, await makeAccount(api)).get('/hosting');
  t.false(user.text.includes('href="/operator"'));
});

test('a user is suspended on a page of its own, reads why, and is resumed', async (t) => {
  const account = await makeAccount(api, await hashPassword(password));
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
  t.is((await User.findByPk(account.id))?.suspendedAt, null);
});

test('nobody suspends themselves, and roles are given to others', async (t) => {
  const refused = await operator.post(`/operator/users/${self.id}/suspend`);
  t.is(refused.status, 409);
  t.regex(refused.text, /role="alert"[^]*Operators cannot be suspended/);
  const account = await makeAccount(api);
  await operator.post(`/operator/users/${account.id}/role`, { form: { role: 'operator' } });
  t.is((await User.findByPk(account.id))?.role, 'operator');
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
  await SshKey.create({ ...key, state: 'installed' });
  await Session.update({ clientAddress: '192.0.2.7' }, { where: { id: account.sessionId } });
  const { vmId } = hostingNames(account.id);
  const usage = { vmId, memoryBytes: 312e6, processorSeconds: 40, diskBytes: 73e6 };
  await reportMachines(api.services.redis, 'node-1', () => Promise.resolve([usage]));
  const { text } = await operator.get(`/operator/users/${account.id}`);
  const order = [
    'Running',
    `vm-0*${account.id}`,
    'On since',
    '312 MB',
    '40 s',
    '73.0 MB',
    'virsh dominfo',
    'Create',
    'Succeeded',
  ];
  t.regex(text, new RegExp(order.join('[^]*')));
  t.regex(text, /laptop[^]*SHA256:abc[^]*On the machine[^]*192\.0\.2\.7[^]*Last used/);
  t.is((await operator.get('/operator/users/99999999')).status, 404);
});

test('a session is used when its user asks for a page', async (t) => {
  const account = await makeAccount(api);
  await Session.update({ lastUsedAt: new Date(0) }, { where: { id: account.sessionId } });
  await PageVisitor.as(api, account).get('/hosting');
  const session = await Session.findByPk(account.sessionId, { rejectOnEmpty: true });
  t.true(Date.now() - session.lastUsedAt.getTime() < 60_000);
});

test('hostings with their stack and commands; operations with their steps and errors; room', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const hostings = await operator.get('/operator/hostings');
  t.regex(hostings.text, new RegExp(`hosting-${account.id}</code>[^]*virsh dominfo vm-0*${account.id}<`));
  t.regex(hostings.text, new RegExp(`pulumi.sh stack[^<]*hosting-${account.id}<`));
  const other = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, other.id);
  const error = { code: 'VM_NOT_READY', status: 504, message: 'It said <nothing>.', console: ['[FAILED] <x>'] };
  await endCreate(api.stores.database, await claim(api.stores.database, id), error);
  const failed = await operator.get('/operator/operations?state=failed');
  t.regex(
    failed.text,
    /did not answer in time[^]*VM_NOT_READY<\/code>[^]*It said &lt;nothing&gt;\.[^]*\[FAILED\] &lt;x&gt;/,
  );
  const vmId = `vm-${String(other.id).padStart(8, '0')}`;
  t.true(failed.text.includes(`consoles/${vmId}.log</code>`), 'and where to look');
  t.notRegex(failed.text, /tell the operator|ask the operator/i);
  const korean = await operator.get('/operator/operations?state=failed', { 'Accept-Language': 'ko' });
  t.regex(korean.text, /제시간에 응답하지 않았습니다/);
  t.notRegex(failed.text, /Succeeded/);
  const room = await operator.get('/operator');
  t.regex(room.text, /queued · \d+ running[^]*Free addresses[^]*No worker reports/);
});

test.serial('the node tells memory, processors and disk', async (t) => {
  t.teardown(await beatAs(api.services.redis, 'kvm'));
  const { text } = await operator.get('/operator');
  t.regex(
    text,
    /Free memory[^]*5\.4 GB[^]*of 16\.5 GB[^]*Load of processors[^]*1\.25[^]*of 4 processors[^]*Free disk[^]*67\.0 GB/,
  );
});

test.serial('what is down is told with what to do', async (t) => {
  const firewall = { up: false, reason: 'no report' };
  const libvirt = { up: false, latency_ms: 20_000, version: null };
  t.teardown(await beatAs(api.services.redis, 'kvm', { firewall, libvirt }));
  const { text } = await operator.get('/operator', { 'Accept-Language': 'ko' });
  t.regex(text, /libvirtd가 응답하지 않습니다[^]*start-libvirt\.sh[^]*방화벽 규칙을 보증하지[^]*logs --tail 50 guard/);
});

test.serial('the node is told, and that emulation is no isolation boundary', async (t) => {
  t.teardown(await beatAs(api.services.redis, 'kvm'));
  const warning = /no isolation boundary/;
  const hardware = await operator.get('/operator');
  t.regex(hardware.text, /node-kvm[^]*<dd>KVM<\/dd>/);
  t.notRegex(hardware.text, warning);
  t.teardown(await beatAs(api.services.redis, 'qemu'));
  const emulated = await operator.get('/operator');
  t.regex(emulated.text, /node-qemu[^]*<dd>TCG<\/dd>/);
  t.regex(emulated.text, warning);
});

test('long lists have pages, and a search that is kept', async (t) => {
  const rows = Array.from({ length: 120 }, (_, index) => ({
    email: `crowd${index}@example.com`,
    username: `crowd${index}`,
    passwordHash: 'none',
  }));
  await User.bulkCreate(rows);
  const first = await operator.get('/operator/users?search=crowd');
  t.regex(first.text, /Page 1 of 3/);
  t.notRegex(first.text, /rel="prev"/);
  t.true(first.text.includes('href="/operator/users?search=crowd&amp;page=2"'));
  const last = await operator.get('/operator/users?search=crowd&page=3');
  t.regex(last.text, /Page 3 of 3/);
  t.notRegex(last.text, /rel="next"/);
  t.is([...last.text.matchAll(/id="user-\d+"/g)].length, 20);
  const beyond = await operator.get('/operator/users?search=crowd&page=9');
  t.regex(beyond.text, /rel="prev" href="\/operator\/users\?search=crowd&amp;page=3"/, 'when there were more');
  t.regex((await operator.get('/operator/users?search=nobody-is-called-so')).text, /No such users/);
});

test('searches keep their order, and an order its search', async (t) => {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    email: `many${index}@example.com`,
    username: `many${String(index).padStart(2, '0')}`,
    passwordHash: 'none',
  }));
  await User.bulkCreate(rows);
  const names = (text: string) => [...text.matchAll(/<strong>(many\d+)</g)].map(([, name]) => name);
  const newest = await operator.get('/operator/users?search=many');
  t.deepEqual(names(newest.text).slice(0, 2), ['many59', 'many58']);
  const named = await operator.get('/operator/users?search=many&sort=name');
  t.deepEqual(names(named.text).slice(0, 2), ['many00', 'many01']);
  t.regex(named.text, /<option value="name" selected>/);
  t.true(named.text.includes('href="/operator/users?search=many&amp;sort=name&amp;page=2"'));
});

test('what fails again and again is one line, and those of one user stay with the filter', async (t) => {
  const account = await makeAccount(api);
  const error = { code: 'DEPLOYMENT_FAILED', status: 503, message: 'no' };
  const failed = { userId: account.id, kind: 'start', state: 'failed', error, endedAt: new Date() } as const;
  await Operation.bulkCreate(Array.from({ length: 14 }, () => failed));
  const path = `/operator/operations?user_id=${account.id}`;
  for (const address of [path, `/operator/users/${account.id}`]) {
    const { text } = await operator.get(address);
    t.is([...text.matchAll(/id="operation-/g)].length, 1, address);
    t.regex(text, /14 times/);
  }
  t.true((await operator.get(path)).text.includes(`href="${path}&amp;state=failed"`));
  t.regex((await operator.get(path)).text, new RegExp(`Only those of[^]*${account.username}`));
  const own = await PageVisitor.as(api, account).get('/hosting');
  t.is(own.status, 200);
});

test.serial('the only operator is told to make another before the account is deleted', async (t) => {
  const only = await makeAccount(api, await hashPassword(password));
  const others = await User.findAll({ where: { role: 'operator' } });
  const all = { where: { id: others.map(({ id }) => id) } };
  await User.update({ role: 'user' }, all);
  t.teardown(() => User.update({ role: 'operator' }, all));
  await User.update({ role: 'operator' }, { where: { id: only.id } });
  t.regex((await PageVisitor.as(api, only).get('/account')).text, /You are an operator/);
  const refused = await PageVisitor.as(api, only).post('/account/delete', { form: { password } });
  t.is(refused.status, 409);
  t.regex(refused.text, /role="alert"[^]*Make another user an operator first/);
  await User.update({ role: 'user' }, { where: { id: only.id } });
});

test.serial('an operator is not told to tell the operator', async (t) => {
  const { redis } = api.services;
  await redis.set('machines:odd', 'no JSON', 'EX', 15);
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
  const account = await makeAccount(api, await hashPassword(password));
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

test('what the query says wrongly is told', async (t) => {
  t.is((await operator.get('/operator/users?page=x')).status, 422);
  t.is((await operator.get('/operator/operations?state=odd')).status, 422);
});
