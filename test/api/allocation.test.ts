// Ports and addresses: all different, and an end of them is an answer, not a fault.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccounts, respondAsync } from '../support/api/calls.ts';
import { startStores, type Stores } from '../support/api/stores.ts';

let stores: Stores;
const apis: TestApi[] = [];

test.before(async () => {
  stores = await startStores();
});
test.after.always(async () => {
  await Promise.all(apis.map((api) => api.stop()));
  await stores.stop();
});

async function apiWith(variables: NodeJS.ProcessEnv): Promise<TestApi> {
  const api = await startApi({ stores, variables });
  apis.push(api);
  return api;
}

function createAll(api: TestApi, accounts: Account[]) {
  return Promise.all(accounts.map(({ token }) => call(api, 'POST', '/host', { token, headers: respondAsync })));
}

test('thirty users at once get thirty ports and thirty addresses', async (t) => {
  const range = { SSH_PORT_FIRST: '10000', SSH_PORT_LAST: '10029' };
  const api = await apiWith({ VM_NETWORK: '10.1.0.0/24', ...range });
  const accounts = await makeAccounts(api, 30);
  const answers = await createAll(api, accounts);
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
  const rows = await api.models.Hosting.findAll({ where: { userId: accounts.map(({ id }) => id) } });
  const ports = rows.map(({ sshPort }) => sshPort).sort((a, b) => a - b);
  t.deepEqual(
    ports,
    Array.from({ length: 30 }, (_, n) => 10000 + n),
  );
  const addresses = rows.map(({ vmIp }) => Number(vmIp.split('.').at(-1))).sort((a, b) => a - b);
  t.deepEqual(
    addresses,
    Array.from({ length: 30 }, (_, n) => 2 + n),
  );
});

for (const [exhausted, room, variables] of [
  ['ports', 2, { VM_NETWORK: '10.2.0.0/24', SSH_PORT_FIRST: '11000', SSH_PORT_LAST: '11001' }],
  ['addresses', 5, { VM_NETWORK: '10.3.0.0/29', SSH_PORT_FIRST: '12000', SSH_PORT_LAST: '12999' }],
] as const) {
  test(`when all ${exhausted} are taken there is no room, and nothing is left of the attempt`, async (t) => {
    const api = await apiWith(variables);
    const accounts = await makeAccounts(api, room + 2);
    const answers = await createAll(api, accounts);
    const refused = accounts.filter((_, n) => answers[n]?.status === 503);
    t.is(answers.filter(({ status }) => status === 202).length, room);
    t.is(refused.length, 2);
    for (const { headers, body } of answers.filter(({ status }) => status === 503)) {
      t.is(headers.get('Retry-After'), '300');
      t.deepEqual(body.error, { code: 'NO_ROOM', details: { exhausted } });
    }
    for (const { id: userId } of refused) {
      t.is(await api.models.Hosting.count({ where: { userId } }), 0);
      t.is(await api.models.Operation.count({ where: { userId } }), 0);
    }
  });

  test(`what a deleted hosting had of ${exhausted} is given out again`, async (t) => {
    const other = exhausted === 'ports' ? { VM_NETWORK: '10.4.0.0/24' } : { VM_NETWORK: '10.5.0.0/29' };
    const ports = exhausted === 'ports' ? ['13000', '13001'] : ['14000', '14999'];
    const api = await apiWith({ ...other, SSH_PORT_FIRST: ports[0], SSH_PORT_LAST: ports[1] });
    const accounts = await makeAccounts(api, room + 1);
    await createAll(api, accounts.slice(0, room));
    const [first] = accounts;
    const freed = await api.models.Hosting.findByPk(first?.id ?? 0, { rejectOnEmpty: true });
    await freed.destroy();
    const [last] = await createAll(api, accounts.slice(room));
    t.is(last?.status, 202);
    const row = await api.models.Hosting.findByPk(accounts[room]?.id ?? 0, { rejectOnEmpty: true });
    t.true(exhausted === 'ports' ? row.sshPort === freed.sshPort : row.vmIp === freed.vmIp);
  });
}
