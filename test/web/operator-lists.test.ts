// The operator's pages of hostings, operations and the node, and their lists: pages, searches, orders.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { machineOf } from '../support/api/machine.ts';
import { beatAs } from '../support/api/heartbeat.ts';
import { claim, endCreate, makeHosting, queueCreate } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

let api: TestApi;
let operator: PageVisitor;

test.before(async () => {
  api = await startApi();
  const self = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: self.id } });
  operator = PageVisitor.as(api, self);
});
test.after.always(() => api.stop());

test('hostings with their stack and commands; operations with their steps and errors; room', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const hostings = await operator.get('/operator/hostings');
  const { vmId } = await machineOf(api.stores.database, account.id);
  t.regex(hostings.text, new RegExp(`hosting-${account.id}</code>[^]*virsh dominfo ${vmId}<`));
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
  t.notRegex(failed.text, /consoles\//, 'the console went with the machine');
  await queueCreate(api.stores.database, other.id);
  const { vmId: again } = await machineOf(api.stores.database, other.id);
  const { text } = await operator.get('/operator/operations?state=failed');
  t.true(text.includes(`consoles/${again}.log</code>`), 'where to look');
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

test.serial('that room becomes short is told before it is', async (t) => {
  const warning = /Little is left\. 2\.1 GB stay free/;
  const stop = await beatAs(api.services.redis, 'kvm');
  t.notRegex((await operator.get('/operator')).text, /Little is left/);
  await stop();
  const memory = { free_bytes: 4e9, total_bytes: 16.5e9, reserve_bytes: 2.1e9 };
  t.teardown(await beatAs(api.services.redis, 'kvm', { memory }));
  t.regex((await operator.get('/operator')).text, warning);
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
  await api.models.User.bulkCreate(rows);
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
  await api.models.User.bulkCreate(rows);
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
  await api.models.Operation.bulkCreate(Array.from({ length: 14 }, () => failed));
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

test('what the query says wrongly is told', async (t) => {
  t.is((await operator.get('/operator/users?page=x')).status, 422);
  t.is((await operator.get('/operator/operations?state=odd')).status, 422);
});
