// Starting, stopping, keys, and what the worker makes of them in the rows. Machines themselves: test/e2e/power.test.ts.
import test, { type ExecutionContext } from 'ava';
import type { HostingStatus } from '../../api/models/hosting.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, respondAsync } from '../support/api/calls.ts';
import { ownerOf as makeOwner, statusOf } from '../support/api/hosting-states.ts';
import { claim, endAsAsked } from '../support/api/operations.ts';
import { key } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const ownerOf = (status: HostingStatus) => makeOwner(api, status);

function power({ token }: Account, action: string): Promise<Called> {
  return call(api, 'POST', `/host/my/${action}`, { token, headers: respondAsync });
}

const operationOf = ({ body }: Called) => body.data?.['operation'] as { id: string; kind: string; steps: object[] };

async function end(t: ExecutionContext, called: Called): Promise<void> {
  t.true(called.status < 300, called.text);
  const { database } = api.stores;
  await endAsAsked(database, await claim(database, operationOf(called).id));
}

const possible: Record<string, HostingStatus[]> = {
  start: ['stopped', 'asleep'],
  stop: ['running', 'asleep'],
  restart: ['running', 'asleep'],
};
const refusals: Partial<Record<HostingStatus, string>> = {
  creating: 'HOSTING_BUSY',
  updating: 'HOSTING_BUSY',
  deleting: 'HOSTING_BUSY',
};
for (const [action, states] of Object.entries(possible)) {
  test(`${action} is for what is ${states.join()}`, async (t) => {
    for (const status of [
      'running',
      'asleep',
      'stopped',
      'creating',
      'updating',
      'deleting',
      'failed',
      'suspended',
    ] as const) {
      const owner = await ownerOf(status);
      const called = await power(owner, action);
      if (states.includes(status)) {
        t.is(called.status, 202, called.text);
        t.is(await statusOf(api, owner), 'updating');
        t.is((await power(owner, action)).body.error?.code, 'HOSTING_BUSY');
      } else {
        t.is(called.status, 409);
        t.is(called.body.error?.code, refusals[status] ?? 'HOSTING_STATE');
        t.is(await statusOf(api, owner), status);
      }
    }
  });
}

test('an operation tells all of its steps, and what it may take', async (t) => {
  const owner = await ownerOf('running');
  const operation = operationOf(await power(owner, 'restart'));
  t.like(operation, { kind: 'restart', expected_seconds: 20, progress: 0 });
  const steps = ['queued', 'shutdown', 'boot', 'answer', 'done'];
  t.deepEqual(
    operation.steps.map((one) => (one as { step: string }).step),
    steps,
  );
  const listed = await call(api, 'GET', '/operations', { token: owner.token });
  const kinds = (listed.body.data?.['operations'] as { kind: string }[]).map(({ kind }) => kind);
  t.deepEqual(kinds, ['restart', 'create']);
});

test('what is stopped can be started and deleted, and what was stopped is wanted so', async (t) => {
  const owner = await ownerOf('running');
  await end(t, await power(owner, 'stop'));
  t.like(await api.models.Hosting.findByPk(owner.id), { status: 'stopped', powered: false, startedAt: null });
  await end(t, await power(owner, 'start'));
  const started = await api.models.Hosting.findByPk(owner.id, { rejectOnEmpty: true });
  t.like(started, { status: 'running', powered: true });
  t.truthy(started.startedAt);
  const removal = { token: owner.token, headers: respondAsync };
  t.is((await call(api, 'DELETE', '/host/my', removal)).status, 202);
});

function addKey({ token }: Account, json: object = { public_key: key }): Promise<Called> {
  return call(api, 'POST', '/host/my/ssh-keys', { token, json });
}

async function keysOf({ token }: Account): Promise<{ id: string; name: string; state: string }[]> {
  const { body } = await call(api, 'GET', '/host/my/ssh-keys', { token });
  return body.data?.['ssh_keys'] as { id: string; name: string; state: string }[];
}

test('a key is brought to the machine, and taken away again', async (t) => {
  const owner = await ownerOf('running');
  const added = await addKey(owner);
  t.is(added.status, 201);
  t.like(added.body.data?.['ssh_key'], { name: 'me@laptop', public_key: key, state: 'pending' });
  t.is(operationOf(added).kind, 'keys');
  t.is((await addKey(owner)).body.error?.code, 'HOSTING_BUSY');
  await end(t, added);
  const [listed] = await keysOf(owner);
  t.like(listed, { name: 'me@laptop', state: 'installed' });
  t.is((await addKey(owner)).body.error?.code, 'KEY_EXISTS');
  const path = `/host/my/ssh-keys/${listed?.id}`;
  const removed = await call(api, 'DELETE', path, { token: owner.token });
  t.like(removed.body.data?.['ssh_key'], { state: 'removing' });
  await end(t, removed);
  t.deepEqual(await keysOf(owner), []);
  t.is((await call(api, 'DELETE', path, { token: owner.token })).body.error?.code, 'KEY_NOT_FOUND');
});

test('while the machine is off a key waits, under the name that it is given', async (t) => {
  const owner = await ownerOf('stopped');
  const added = await addKey(owner, { public_key: key, name: '집 컴퓨터' });
  t.is(added.status, 201);
  t.is(added.body.data?.['operation'], null);
  await end(t, await power(owner, 'start'));
  t.like((await keysOf(owner))[0], { name: '집 컴퓨터', state: 'installed' });
});

for (const name of ['', ' ', undefined]) {
  test(`a key is named by its comment where its name is ${JSON.stringify(name)}`, async (t) => {
    const added = await addKey(await ownerOf('stopped'), { public_key: key, name });
    t.is(added.status, 201, added.text);
    t.like(added.body.data?.['ssh_key'], { name: 'me@laptop' });
  });
}

for (const name of ['line\nbreak', 'nul\u0000', 'csi\u009b', 'x'.repeat(65)]) {
  test(`refused: the name ${JSON.stringify(name)} for a key`, async (t) => {
    const refused = await addKey(await ownerOf('stopped'), { public_key: key, name });
    t.is(refused.body.error?.code, 'VALIDATION_FAILED', refused.text);
  });
}

test('there may be twenty keys', async (t) => {
  const owner = await ownerOf('stopped');
  const row = (index: number) => ({ userId: owner.id, name: 'k', publicKey: key, fingerprint: `f${index}` });
  await api.models.SshKey.bulkCreate(
    Array.from({ length: 20 }, (_, index) => ({ ...row(index), state: 'installed' as const })),
  );
  t.is((await addKey(owner)).body.error?.code, 'TOO_MANY_KEYS');
});

test('keys go with the hosting', async (t) => {
  const owner = await ownerOf('stopped');
  await addKey(owner);
  await end(t, await call(api, 'DELETE', '/host/my', { token: owner.token, headers: respondAsync }));
  t.is(await api.models.SshKey.count({ where: { userId: owner.id } }), 0);
});
