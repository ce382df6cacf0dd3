// A request that waits for its operation. The test is the worker.
import test from 'ava';
import { type OperationFailure, userOf } from '../../api/models/operation.ts';
import { type Claim, recordStep } from '../../api/operations/claim.ts';
import { announceProgress } from '../../api/operations/progress.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';
import { endCreate } from '../support/api/operations.ts';
import { startWorker } from '../support/api/worker.ts';

let api: TestApi;
let stopWorker: () => Promise<void>;
const failures = new Map<number, OperationFailure>();

test.before(async () => {
  api = await startApi();
  stopWorker = startWorker(api, carryOut);
});
test.after.always(async () => {
  await stopWorker();
  await api.stop();
});

async function carryOut(held: Claim): Promise<void> {
  const { services } = api;
  const { id } = held.operation;
  await recordStep(services.database, held, 'web');
  await announceProgress(services, id);
  await endCreate(services.database, held, failures.get(userOf(held.operation)));
  await announceProgress(services, id);
}

function create({ token }: Account, json: object = {}) {
  return call(api, 'POST', '/host', { token, json, headers: { 'Accept-Language': 'ko' } });
}

test('a create answers when the hosting runs, with the password that no later answer has', async (t) => {
  const account = await makeAccount(api);
  const created = await create(account);
  t.is(created.status, 201);
  t.is(created.headers.get('Cache-Control'), 'no-store');
  t.is(created.headers.get('Preference-Applied'), null);
  t.is(created.body.message, '호스팅이 생성되었습니다.');
  const { ssh_password: password, ...data } = created.body.data ?? {};
  t.regex(String(password), /^\w{23}$/);
  t.like(data, { hosting: { status: 'running' }, web_url: `http://localhost/${account.id}` });
  const shown = await call(api, 'GET', '/host/my', { token: account.token });
  t.deepEqual(shown.body.data, data);
  t.false(api.log().includes(String(password)));
});

test('the status of the hosting that it answers with is the row’s own', async (t) => {
  const account = await makeAccount(api);
  await create(account, {});
  t.like(await api.models.Hosting.findByPk(account.id), { status: 'running' });
  t.is((await create(account)).body.error?.code, 'HOSTING_EXISTS');
});

for (const [code, status, console] of [
  ['VM_NOT_READY', 504, ['Booting Linux', 'Kernel panic']],
  ['LIBVIRT_UNAVAILABLE', 503, undefined],
] as const) {
  test(`a create that fails answers ${status} ${code}, with the step, the reason and no password`, async (t) => {
    const account = await makeAccount(api);
    const reason = 'A sentence for the client.';
    failures.set(account.id, { code, status, message: reason, ...(console && { console: [...console] }) });
    const { status: answered, headers, body, text } = await create(account);
    t.is(answered, status);
    t.is(headers.get('Retry-After'), '30');
    t.false(text.includes('ssh_password'));
    const { operation_id: id, ...details } = body.error?.details as { operation_id: string };
    t.is(body.error?.code, code);
    t.deepEqual(details, { step: 'web', reason, ...(console && { console }) });
    const shown = await call(api, 'GET', `/operations/${id}`, { token: account.token });
    t.like(shown.body.data, { operation: { id, state: 'failed', step: 'web', error: { code, message: reason } } });
    t.is((await call(api, 'GET', '/host/my', { token: account.token })).status, 404);
  });
}

test('eight users who wait at once each get their own', async (t) => {
  const accounts = await Promise.all(Array.from({ length: 8 }, () => makeAccount(api)));
  const answers = await Promise.all(accounts.map((account) => create(account)));
  t.deepEqual(
    answers.map(({ status, body }) => [status, body.data?.['web_url']]),
    accounts.map(({ id }) => [201, `http://localhost/${id}`]),
  );
});
