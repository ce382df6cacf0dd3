// The operator's pages: what they show, what they do, and what they never tell.
import test from 'ava';
import { User } from '../../api/models/user.ts';
import { hashPassword } from '../../api/passwords.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { type Account, makeAccount } from '../support/calls.ts';
import { beatAs } from '../support/heartbeat.ts';
import { claim, endCreate, makeHosting, queueCreate } from '../support/operations.ts';
import { PageVisitor } from '../support/page-visitor.ts';

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

test('a user is suspended, sees why, and is resumed', async (t) => {
  const account = await makeAccount(api, await hashPassword(password));
  const visitor = PageVisitor.as(api, account);
  t.is((await visitor.get('/hosting')).status, 200);
  const form = { search: account.username, page: '1' };
  const suspended = await operator.post(`/operator/users/${account.id}/suspend`, { form });
  t.is(suspended.location, `/operator/users?done=suspend&search=${account.username}&page=1`);
  const list = await operator.get(suspended.location ?? '');
  t.regex(list.text, /The user is suspended[^]*tag bad">Suspended/);
  t.is((await visitor.get('/hosting')).location, '/login?over=1&back=%2Fhosting');
  const refused = await new PageVisitor(api).post('/login', { form: { email: account.email, password } });
  t.is(refused.status, 403);
  t.regex(refused.text, /The operator has suspended this account/);
  await operator.post(`/operator/users/${account.id}/resume`, { form });
  t.is((await new PageVisitor(api).post('/login', { form: { email: account.email, password } })).status, 303);
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
  t.regex(failed.text, /VM_NOT_READY<\/code> It said &lt;nothing&gt;\.[^]*\[FAILED\] &lt;x&gt;/);
  t.notRegex(failed.text, /Succeeded/);
  const room = await operator.get('/operator');
  t.regex(room.text, /queued · \d+ running[^]*Free addresses[^]*No worker reports/);
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
  t.regex((await operator.get('/operator/users?search=nobody-is-called-so')).text, /No such users/);
});

test('after a refused action the list is where it was, and its links lead on', async (t) => {
  const rows = Array.from({ length: 120 }, (_, index) => ({
    email: `many${index}@example.com`,
    username: `many${index}`,
    passwordHash: 'none',
  }));
  await User.bulkCreate(rows);
  const refused = await operator.post(`/operator/users/${self.id}/suspend`, { form: { search: 'many', page: '2' } });
  t.is(refused.status, 409);
  t.regex(refused.text, /Page 2 of 3/);
  for (const page of [1, 3]) t.true(refused.text.includes(`href="/operator/users?search=many&amp;page=${page}"`));
});

test('an id that is no number makes no call', async (t) => {
  t.is((await operator.post('/operator/users/x/suspend')).status, 404);
});

test('no page of the operator tells a secret of a user', async (t) => {
  const account = await makeAccount(api, await hashPassword(password));
  const visitor = PageVisitor.as(api, account);
  const created = await visitor.post('/hosting');
  const [, oneTime = ''] = /<code id="ssh-password">([^<]+)</.exec(created.text) ?? [];
  t.is(oneTime.length, 23);
  const paths = ['/operator', '/operator/users?search=user', '/operator/hostings', '/operator/operations'];
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
