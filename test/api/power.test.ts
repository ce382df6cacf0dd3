// Starting, stopping, keys, and what the worker makes of them in the rows. Machines themselves: test/e2e/power.test.ts.
import { setTimeout } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Hosting, type HostingStatus } from '../../api/models/hosting.ts';
import { SshKey } from '../../api/models/ssh-key.ts';
import { reconcilePower } from '../../api/jobs/reconcile-power.ts';
import { Operation } from '../../api/models/operation.ts';
import { User } from '../../api/models/user.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { claim, endAsAsked, makeHosting } from '../support/api/operations.ts';

const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbn6zVTWwmJdVN4ipbi0trLbdKE9rShxUZMmdhhP5Mn me@laptop';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

async function ownerOf(status: HostingStatus): Promise<Account> {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  await Hosting.update({ status, powered: status !== 'stopped' }, { where: { userId: account.id } });
  return account;
}

function power({ token }: Account, action: string): Promise<Called> {
  return call(api, 'POST', `/host/my/${action}`, { token, headers: respondAsync });
}

async function statusOf({ id }: Account): Promise<HostingStatus> {
  return (await Hosting.findByPk(id, { rejectOnEmpty: true })).status;
}

const operationOf = ({ body }: Called) => body.data?.['operation'] as { id: string; kind: string; steps: object[] };

async function end(t: ExecutionContext, called: Called): Promise<void> {
  t.true(called.status < 300, called.text);
  const { database } = api.stores;
  await endAsAsked(database, await claim(database, operationOf(called).id));
}

const possible: Record<string, HostingStatus[]> = { start: ['stopped'], stop: ['running'], restart: ['running'] };
const refusals: Partial<Record<HostingStatus, string>> = {
  creating: 'HOSTING_BUSY',
  updating: 'HOSTING_BUSY',
  deleting: 'HOSTING_BUSY',
};
for (const [action, states] of Object.entries(possible)) {
  test(`${action} is for what is ${states.join()}`, async (t) => {
    for (const status of ['running', 'stopped', 'creating', 'updating', 'deleting', 'failed', 'suspended'] as const) {
      const owner = await ownerOf(status);
      const called = await power(owner, action);
      if (states.includes(status)) {
        t.is(called.status, 202, called.text);
        t.is(await statusOf(owner), 'updating');
        t.is((await power(owner, action)).body.error?.code, 'HOSTING_BUSY');
      } else {
        t.is(called.status, 409);
        t.is(called.body.error?.code, refusals[status] ?? 'HOSTING_STATE');
        t.is(await statusOf(owner), status);
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
  t.like(await Hosting.findByPk(owner.id), { status: 'stopped', powered: false, startedAt: null });
  await end(t, await power(owner, 'start'));
  const started = await Hosting.findByPk(owner.id, { rejectOnEmpty: true });
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
  await SshKey.bulkCreate(Array.from({ length: 20 }, (_, index) => ({ ...row(index), state: 'installed' as const })));
  t.is((await addKey(owner)).body.error?.code, 'TOO_MANY_KEYS');
});

test('keys go with the hosting', async (t) => {
  const owner = await ownerOf('stopped');
  await addKey(owner);
  await end(t, await call(api, 'DELETE', '/host/my', { token: owner.token, headers: respondAsync }));
  t.is(await SshKey.count({ where: { userId: owner.id } }), 0);
});

interface Libvirt {
  on: number[];
  failed?: number[];
  mayStart?: boolean;
  asked?: number[];
  /** While it is asked. */
  meanwhile?: () => Promise<unknown>;
}

/** Not machines of this test's: only these answers count here. That real ones are seen: test/e2e/power.test.ts, test/reboot. */
async function watch(libvirt: Libvirt): Promise<void> {
  // What was written in the same millisecond is left to the next look.
  await setTimeout(2);
  await reconcilePower(api.stores.database, {
    powered: async (ids) => {
      await libvirt.meanwhile?.();
      return ids.filter((id) => libvirt.on.includes(id));
    },
    failedToStart: (ids) => {
      libvirt.asked = ids;
      return Promise.resolve(ids.filter((id) => libvirt.failed?.includes(id)));
    },
    mayStart: () => Promise.resolve(libvirt.mayStart ?? true),
  });
}

// These look at every hosting there is: no other test may have one at the time.
test.serial('machines that were switched by somebody else are told as they are', async (t) => {
  const [crashed, started, busy, right] = await Promise.all([
    ownerOf('running'),
    ownerOf('stopped'),
    ownerOf('updating'),
    ownerOf('running'),
  ]);
  await watch({ on: [started.id, right.id] });
  t.like(await Hosting.findByPk(crashed.id), { status: 'stopped', powered: false, startedAt: null });
  t.like(await Hosting.findByPk(started.id), { status: 'running', powered: true });
  t.is(await statusOf(busy), 'updating');
  t.is(await statusOf(right), 'running');
});

test.serial('what changed while libvirt was asked is left alone', async (t) => {
  const owner = await ownerOf('stopped');
  // As an operation's end does, between the look at the rows and the answer.
  await watch({ on: [], meanwhile: () => Hosting.update({ status: 'running' }, { where: { userId: owner.id } }) });
  t.is(await statusOf(owner), 'running');
});

const startsOf = ({ id }: Account) => Operation.count({ where: { userId: id, kind: 'start' } });

test.serial('what libvirt could not start with the node is started, if its user wants it on', async (t) => {
  const [unstarted, stopped, suspended, deleted, assumed, hasty] = await Promise.all([
    ownerOf('running'),
    ownerOf('stopped'),
    ownerOf('running'),
    ownerOf('running'),
    ownerOf('running'),
    ownerOf('running'),
  ]);
  const emptied = 'deleted_at = now(), email = NULL, username = NULL, site_name = NULL, password_hash = NULL';
  await api.stores.database.query(`UPDATE users SET ${emptied} WHERE id = $1`, { bind: [deleted.id] });
  await User.update({ suspendedAt: new Date() }, { where: { id: suspended.id } });
  await Hosting.update({ powered: false }, { where: { userId: assumed.id } });
  const owners = [unstarted, stopped, suspended, deleted, assumed, hasty];
  const ids = owners.map(({ id }) => id);
  const on = (await Hosting.findAll()).map(({ userId }) => userId).filter((id) => !ids.includes(id));

  const unguarded: Libvirt = { on, failed: ids, mayStart: false };
  await watch(unguarded);
  t.deepEqual(unguarded.asked?.toSorted(), [unstarted.id, hasty.id].toSorted());
  t.is(await statusOf(unstarted), 'running', 'it waits for the rules');
  t.is(await startsOf(unstarted), 0);

  // Its user stops it between the look and the wish.
  const stop = () => Hosting.update({ status: 'stopped', powered: false }, { where: { userId: hasty.id } });
  await watch({ on, failed: ids, meanwhile: stop });
  t.is(await statusOf(unstarted), 'updating');
  t.deepEqual(await Promise.all(owners.map(startsOf)), [1, 0, 0, 0, 0, 0]);
  await watch({ on, failed: ids });
  t.is(await startsOf(unstarted), 1, 'once');
});

test.serial(
  'what libvirt can never start is tried again after a minute, two, four, and told as it is meanwhile',
  async (t) => {
    const owner = await ownerOf('running');
    const { database } = api.stores;
    const on = (await Hosting.findAll()).map(({ userId }) => userId).filter((id) => id !== owner.id);
    const look = () => watch({ on, failed: [owner.id] });
    /** It fails, and the machine is seen on for a moment. */
    const fail = async () => {
      const { id } = await Operation.findOne({ where: { userId: owner.id, state: 'queued' }, rejectOnEmpty: true });
      await endAsAsked(database, await claim(database, id), { code: 'DEPLOYMENT_FAILED', status: 503, message: 'no' });
    };
    const pass = async (minutes: number) => {
      const later = `ended_at = ended_at - interval '1 minute' * $2`;
      await database.query(`UPDATE operations SET ${later} WHERE user_id = $1`, { bind: [owner.id, minutes] });
    };
    const flicker = () => Hosting.update({ status: 'running', powered: true }, { where: { userId: owner.id } });
    await look();
    t.is(await startsOf(owner), 1);
    await fail();
    for (const [index, wait] of [1, 2, 4].entries()) {
      await look();
      t.is(await startsOf(owner), index + 1, 'not at once');
      t.is(await statusOf(owner), 'stopped');
      await flicker();
      await pass(wait * 0.9);
      await look();
      t.is(await startsOf(owner), index + 1, `not within ${wait} min`);
      await flicker();
      await pass(wait * 0.2);
      await look();
      t.is(await startsOf(owner), index + 2);
      await fail();
    }
  },
);
