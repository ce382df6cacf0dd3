// What a request for a hosting writes down, with no worker to carry it out.
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { machineOf } from '../support/api/machine.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { dumpDatabase, dumpRedis } from '../support/api/rows.ts';
import { key } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

function create({ token }: Account, json: object = {}): Promise<Called> {
  return call(api, 'POST', '/host', { token, json, headers: respondAsync });
}

function operationOf({ body }: Called): { id: string } {
  return body.data?.['operation'] as { id: string };
}

test('a request that does not wait is accepted, with a password as no key was given', async (t) => {
  const created = await create(await makeAccount(api));
  t.is(created.status, 202);
  t.is(created.headers.get('Preference-Applied'), 'respond-async');
  t.is(created.headers.get('Cache-Control'), 'no-store');
  const { id } = operationOf(created);
  t.is(created.headers.get('Location'), `/api/v1/operations/${id}`);
  t.like(created.body, { success: true, data: { operation: { kind: 'create', state: 'queued', progress: 0 } } });
  t.regex(String(created.body.data?.['ssh_password']), /^[A-Za-z2-9]{23}$/);
});

test('with a key there is no password', async (t) => {
  const account = await makeAccount(api);
  const created = await create(account, { ssh_public_keys: [key] });
  t.is(created.status, 202);
  t.deepEqual(Object.keys(created.body.data ?? {}), ['operation']);
  t.like(await api.models.Hosting.findByPk(account.id), { sshPasswordHash: null });
  t.like(await api.models.SshKey.findOne({ where: { userId: account.id } }), { publicKey: key, state: 'installed' });
});

test('a request without a body is one without keys', async (t) => {
  const { token } = await makeAccount(api);
  const created = await call(api, 'POST', '/host', { token, headers: respondAsync });
  t.is(created.status, 202);
  t.is(typeof created.body.data?.['ssh_password'], 'string');
});

test('it writes a hosting and an operation with its first event, and announces that', async (t) => {
  t.timeout(10_000);
  const account = await makeAccount(api);
  const announced: string[] = [];
  api.subscriber.on('message', (_channel, operationId: string) => announced.push(operationId));
  const { id } = operationOf(await create(account));
  while (!announced.includes(id)) await delay(10);
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'creating', mayHaveLeftovers: false });
  const operations = await api.models.Operation.findAll({ where: { userId: account.id } });
  t.deepEqual(
    operations.map((row) => [row.id, row.kind, row.state, row.attempt]),
    [[id, 'create', 'queued', 0]],
  );
  t.is(await api.models.OperationEvent.count({ where: { operationId: id } }), 1);
});

test('the password is told once and kept nowhere', async (t) => {
  const account = await makeAccount(api);
  const created = await create(account);
  const password = String(created.body.data?.['ssh_password']);
  const { id } = operationOf(created);
  const [rows, redis] = await Promise.all([dumpDatabase(api.stores.database), dumpRedis(api.services.redis)]);
  t.true(rows.includes('$6$') && rows.includes(id), 'the dump has the hash');
  t.true(redis.includes('limit:create:'), 'the dump has the limits');
  const later = await Promise.all(
    ['/host/my', `/operations/${id}`].map((path) => call(api, 'GET', path, { token: account.token })),
  );
  for (const text of [rows, redis, api.log(), ...later.map(({ text }) => text)]) t.false(text.includes(password));
});

test('of twelve requests at once by one user, one is accepted', async (t) => {
  const account = await makeAccount(api);
  const answers = await Promise.all(Array.from({ length: 12 }, () => create(account)));
  const refused = answers.filter(({ status }) => status !== 202);
  t.is(refused.length, 11);
  for (const { status, body } of refused)
    t.like({ status, body }, { status: 409, body: { error: { code: 'HOSTING_BUSY' } } });
  t.is(await api.models.Hosting.count({ where: { userId: account.id } }), 1);
  t.is(await api.models.Operation.count({ where: { userId: account.id } }), 1);
});

test('a hosting that runs is not created again', async (t) => {
  const account = await makeAccount(api);
  const { id } = operationOf(await create(account));
  await api.models.Operation.update({ state: 'succeeded' }, { where: { id } });
  await api.models.Hosting.update({ status: 'running' }, { where: { userId: account.id } });
  const again = await create(account);
  t.is(again.status, 409);
  t.is(again.body.error?.code, 'HOSTING_EXISTS');
});

test('one’s hosting is shown as the contract says', async (t) => {
  const account = await makeAccount(api);
  await create(account);
  const shown = await call(api, 'GET', '/host/my', { token: account.token });
  const { vmIp, sshPort } = await api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  t.is(shown.status, 200);
  const { createdAt } = await api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  const times = {
    created_at: createdAt.toISOString(),
    started_at: null,
    sleep: 'auto',
    asleep_since: null,
    asleep_reason: null,
  };
  const machine = { vm_ip: vmIp, ssh_port: sshPort };
  t.deepEqual(shown.body.data, {
    hosting: {
      vm_id: (await machineOf(api.stores.database, account.id)).vmId,
      ...machine,
      status: 'creating',
      has_password: true,
      ...times,
    },
    web_url: `http://localhost/${account.id}`,
    site_url: null,
    certificate: { state: 'none', expires_at: null, problem: null },
    ssh_command: `ssh -p ${sshPort} ubuntu@localhost`,
    sftp_command: `sftp -P ${sshPort} ubuntu@localhost`,
  });
  t.regex(vmIp, /^192\.168\.122\.\d+$/);
  t.true(sshPort >= 10000 && sshPort <= 20000);
});

async function assertMissing(t: ExecutionContext, method: string, account: Account): Promise<void> {
  const { status, body } = await call(api, method, '/host/my', { token: account.token, headers: respondAsync });
  t.is(status, 404);
  t.is(body.error?.code, 'HOSTING_NOT_FOUND');
}

test('without a hosting there is none to show or delete', async (t) => {
  const account = await makeAccount(api);
  await assertMissing(t, 'GET', account);
  await assertMissing(t, 'DELETE', account);
  t.is(await api.models.Operation.count({ where: { userId: account.id } }), 0);
});

test('a hosting that is being created cannot be deleted', async (t) => {
  const account = await makeAccount(api);
  await create(account);
  const { status, body } = await call(api, 'DELETE', '/host/my', { token: account.token, headers: respondAsync });
  t.is(status, 409);
  t.is(body.error?.code, 'HOSTING_BUSY');
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'creating' });
});

test('a delete is accepted once, and writes its operation', async (t) => {
  const account = await makeAccount(api);
  const { id } = operationOf(await create(account));
  await api.models.Operation.update({ state: 'succeeded' }, { where: { id } });
  await api.models.Hosting.update({ status: 'running' }, { where: { userId: account.id } });
  const remove = () => call(api, 'DELETE', '/host/my', { token: account.token, headers: respondAsync });
  const answers = await Promise.all(Array.from({ length: 8 }, remove));
  const accepted = answers.filter(({ status }) => status === 202);
  t.is(accepted.length, 1);
  t.is(answers.filter(({ status }) => status === 409).length, 7);
  t.like(accepted[0]?.body.data, { operation: { kind: 'delete', state: 'queued' } });
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'deleting' });
});
