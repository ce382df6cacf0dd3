// Spare machines as rows: when one is prepared and when it is taken away, and that each is given to one user at most.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { OperationKind } from '../../api/models/operation.ts';
import type { SpareState } from '../../api/models/spare.ts';
import { claimNext, endOperation } from '../../api/operations/claim.ts';
import { reconcileSpares, type SparePlan } from '../../api/operations/spares.ts';
import { createHosting } from '../../api/jobs/hosting.ts';
import type { Job } from '../../api/jobs/job.ts';
import { MemoryShortError } from '../../stacks/errors.ts';
import { takeSpare } from '../../api/stores/queries/spares.ts';
import { memoryHolders } from '../../api/stores/queries/memory.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccount, makeAccounts, respondAsync } from '../support/api/calls.ts';
import { endLatest, letLapse } from '../support/api/operations.ts';

let api: TestApi;
const database = () => api.services.database;
const range = { network: '10.9.0.0/16', firstPort: 20000, lastPort: 29999 };
const plan: SparePlan = { least: 2, most: 4, range, image: 'today', unsaved: [], hasRoom: true };

test.before(async () => {
  api = await startApi({
    variables: { VM_NETWORK: range.network, SSH_PORT_FIRST: '20000', SSH_PORT_LAST: '29999' },
  });
});
test.after.always(() => api.stop());
// Each test begins with no spare machine, and no operation.
test.beforeEach(async () => {
  await api.models.Spare.destroy({ where: {} });
  await api.models.Operation.destroy({ where: {} });
  await api.models.SshKey.destroy({ where: {} });
  await api.models.Hosting.destroy({ where: {} });
});

const waitingForLocks = async () => {
  const [rows] = await database().query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  return rows.length;
};

let made = 0;
async function makeSpare(state: SpareState = 'asleep', changes: object = {}): Promise<number> {
  made += 1;
  const place = { vmIp: `10.9.${200 + Math.floor(made / 250)}.${1 + (made % 250)}`, sshPort: 29_999 - made };
  const identity = { instanceId: randomUUID(), randomSeed: 'c2VlZA==', image: 'today' };
  const { machineId } = await api.models.Spare.create({ state, ...place, ...identity, ...changes });
  return machineId;
}

const asked = async (kind: OperationKind) =>
  (await api.models.Operation.findAll({ where: { kind, state: ['queued', 'running'] }, order: ['machineId'] })).map(
    ({ machineId }) => machineId,
  );

/** Ends the one operation that is to be under way, as a worker does. */
async function endOne(t: ExecutionContext, state: 'succeeded' | 'failed', spareBecomes?: SpareState): Promise<void> {
  const claim = await claimNext(database(), 'worker');
  if (!claim) return t.fail('there is no operation');
  const where = { machineId: claim.operation.machineId ?? 0 };
  const effect = async (transaction: Parameters<Parameters<typeof endOperation>[2]['effect']>[0]) => {
    if (spareBecomes) await api.models.Spare.update({ state: spareBecomes, image: 'today' }, { where, transaction });
    else await api.models.Spare.destroy({ where, transaction });
  };
  const error = { code: 'INTERNAL', status: 500, message: 'no' };
  await endOperation(database(), claim, { state, ...(state === 'failed' && { error }), effect });
}

async function readyNow(): Promise<number[]> {
  return (await api.models.Spare.findAll({ where: { state: 'asleep' } })).map(({ machineId }) => machineId);
}
const reconcile = (changes: Partial<SparePlan> = {}) => reconcileSpares(database(), { ...plan, ...changes });

async function partOfHealth() {
  const { body } = await call(api, 'GET', '/health/detailed');
  const { parts } = (body.data ?? body.error?.details) as { parts: Record<string, unknown> };
  return parts['spares'] as object;
}

async function createAll(count: number) {
  const accounts = await makeAccounts(api, count);
  const answers = await Promise.all(
    accounts.map(({ token }) => call(api, 'POST', '/host', { token, headers: respondAsync })),
  );
  return { accounts, answers };
}

test.serial('fifty who create at once are given fifty spare machines, each as it is', async (t) => {
  for (let n = 0; n < 50; n += 1) await makeSpare();
  const before = new Map((await api.models.Spare.findAll()).map((spare) => [spare.machineId, spare]));
  const { answers } = await createAll(50);
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
  const hostings = await api.models.Hosting.findAll();
  t.is(new Set(hostings.map(({ machineId }) => machineId)).size, 50);
  for (const { machineId, vmIp, sshPort, instanceId, randomSeed } of hostings)
    t.like(before.get(machineId), { machineId, vmIp, sshPort, instanceId, randomSeed });
  t.is(await api.models.Spare.count({ where: { state: 'claimed' } }), 50);
});

test.serial(
  'where there are three, three of ten are given one, and the others have machines of their own',
  async (t) => {
    const ready = [await makeSpare(), await makeSpare(), await makeSpare()];
    // Not ready, and so nobody's.
    await makeSpare('preparing');
    await makeSpare('discarding');
    const { answers } = await createAll(10);
    t.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    const hostings = await api.models.Hosting.findAll();
    t.is(hostings.length, 10);
    t.is(hostings.filter(({ machineId }) => ready.includes(machineId)).length, 3);
    const spares = await api.models.Spare.findAll({ where: { state: ['preparing', 'discarding'] } });
    const all = [...hostings, ...spares];
    for (const unique of ['machineId', 'vmIp', 'sshPort'] as const)
      t.is(new Set(all.map((one) => one[unique])).size, 12, unique);
  },
);

test.serial('a hosting that failed is begun anew with its own machine', async (t) => {
  const account = await makeAccount(api);
  await call(api, 'POST', '/host', { token: account.token, headers: respondAsync });
  await api.models.Operation.destroy({ where: {} });
  await api.models.Hosting.update({ status: 'failed', mayHaveLeftovers: true }, { where: { userId: account.id } });
  const { machineId } = await api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  await makeSpare();
  t.is((await call(api, 'POST', '/host', { token: account.token, headers: respondAsync })).status, 202);
  t.like(await api.models.Hosting.findByPk(account.id), { machineId, status: 'creating' });
  t.is(await api.models.Spare.count({ where: { state: 'asleep' } }), 1);
});

test.serial('they are prepared one by one, until there are enough', async (t) => {
  for (const there of [1, 2]) {
    await Promise.all([reconcile(), reconcile(), reconcile()]);
    t.is((await asked('prepare')).length, 1);
    await endOne(t, 'succeeded', 'asleep');
    t.is(await api.models.Spare.count({ where: { state: 'asleep' } }), there);
  }
  await reconcile();
  t.deepEqual(await asked('prepare'), []);
  await reconcile({ least: 0, most: 0 });
  t.is((await asked('discard')).length, 2, 'and taken away when there are to be none');
});

test.serial('none is prepared without room, or while anybody waits for anything', async (t) => {
  await reconcile({ hasRoom: false });
  t.deepEqual(await asked('prepare'), []);
  const { accounts } = await createAll(1);
  await reconcile();
  t.deepEqual(await asked('prepare'), []);
  await endLatest(database(), accounts[0]?.id ?? 0);
  await reconcile();
  t.is((await asked('prepare')).length, 1);
});

test.serial('as many are wanted as hostings were asked for within the hour', async (t) => {
  const { accounts } = await createAll(6);
  for (const { id } of accounts) await endLatest(database(), id);
  for (let there = 0; there < 4; there += 1) {
    await reconcile();
    await endOne(t, 'succeeded', 'asleep');
  }
  await reconcile();
  t.deepEqual(await asked('prepare'), [], 'and no more than the most');
  await api.models.Spare.destroy({ where: {} });
  await database().query("UPDATE operations SET created_at = created_at - interval '61 minutes'");
  for (const _ of [1, 2]) {
    await reconcile();
    await endOne(t, 'succeeded', 'asleep');
  }
  await reconcile();
  t.deepEqual(await asked('prepare'), [], 'the least, when nobody has asked of late');
});

test.serial('one that fails is tried again after a while, and not at once', async (t) => {
  await reconcile();
  await endOne(t, 'failed');
  t.like(await partOfHealth(), { state: 'down' });
  await reconcile();
  t.deepEqual(await asked('prepare'), []);
  await database().query("UPDATE operations SET ended_at = ended_at - interval '11 minutes'");
  await reconcile();
  await endOne(t, 'succeeded', 'asleep');
  t.like(await partOfHealth(), { state: 'up', details: { asleep: 1 } });
});

test.serial('of no use any more: another image, too old, a port out of range, no saved memory, too many', async (t) => {
  const good = await makeSpare();
  const old = await makeSpare();
  await database().query("UPDATE spares SET created_at = now() - interval '8 days' WHERE machine_id = $1", {
    bind: [old],
  });
  const unsaved = await makeSpare();
  const bad = [
    await makeSpare('asleep', { image: 'yesterday' }),
    old,
    await makeSpare('asleep', { sshPort: 1 }),
    unsaved,
  ];
  await reconcile({ unsaved: [unsaved] });
  t.deepEqual(
    await asked('discard'),
    bad.toSorted((a, b) => a - b),
  );
  t.deepEqual(await readyNow(), [good], 'nobody is given one of them');
  const more = [await makeSpare(), await makeSpare(), await makeSpare(), await makeSpare()];
  await reconcile();
  t.true((await asked('discard')).includes(more.at(-1) ?? 0));
  t.is((await readyNow()).length, 4);
});

test.serial('one that a user has is left alone, but for what its life before left', async (t) => {
  const adopted = await makeSpare('adopted');
  await makeSpare();
  await createAll(1);
  await reconcile();
  t.deepEqual(await asked('discard'), [adopted]);
  t.like(await api.models.Spare.findByPk(adopted), { state: 'adopted' });
  t.is(await api.models.Spare.count({ where: { state: 'claimed' } }), 1);
});

test.serial('one that a user is just being given is not taken away', async (t) => {
  const machineId = await makeSpare('asleep', { image: 'yesterday' });
  const given = Promise.withResolvers<void>();
  const reconciled = Promise.withResolvers<void>();
  const giving = database().transaction(async (transaction) => {
    t.is((await takeSpare(database(), transaction))?.machineId, machineId);
    given.resolve();
    // Until the other has chosen it, and waits for this transaction.
    while ((await waitingForLocks()) === 0) await delay(20);
  });
  await given.promise;
  void reconcile({ least: 0 }).then(reconciled.resolve, reconciled.reject);
  await giving;
  await reconciled.promise;
  t.deepEqual(await asked('discard'), []);
  t.like(await api.models.Spare.findByPk(machineId), { state: 'claimed' });
});

test.serial('who finds no room for their hosting leaves the spare machine to others', async (t) => {
  const machineId = await makeSpare();
  const { accounts } = await createAll(1);
  const { id: userId = 0 } = accounts[0] ?? {};
  const claim = await claimNext(database(), 'worker');
  if (!claim) return t.fail('there is no operation');
  const full = new MemoryShortError({ message: 'full' });
  const admission = { requireDisk: () => Promise.resolve(), admit: () => Promise.reject(full) };
  const hosting = await api.models.Hosting.findByPk(userId, { rejectOnEmpty: true });
  const job = { claim, hosting, database: database(), admission, logger: api.services.logger };
  // Nothing else of a job may be used: nothing is made, and nothing cleared.
  const outcome = await createHosting(job as unknown as Job);
  if (outcome === 'released') return t.fail('it was given back');
  await endOperation(database(), claim, outcome);
  t.is(outcome.error?.code, 'MEMORY_SHORT');
  t.is(await api.models.Hosting.count(), 0);
  t.like(await api.models.Spare.findByPk(machineId), { state: 'asleep' });
});

test.serial('a discard that fails is tried again after a while', async (t) => {
  const machineId = await makeSpare('discarding');
  await reconcile({ least: 0 });
  await endOne(t, 'failed', 'discarding');
  await reconcile({ least: 0 });
  t.deepEqual(await asked('discard'), []);
  await database().query("UPDATE operations SET ended_at = ended_at - interval '11 minutes'");
  await reconcile({ least: 0 });
  t.deepEqual(await asked('discard'), [machineId]);
});

test.serial(
  'what they have is nobody else’s: addresses, ports, and the memory of one that is being made',
  async (t) => {
    const { id, token } = await makeAccount(api);
    await api.models.User.update({ role: 'operator' }, { where: { id } });
    const free = async () => {
      const { body } = await call(api, 'GET', '/admin/node', { token });
      const { addresses, ports } = body.data as Record<string, { free: number }>;
      return [addresses?.free ?? 0, ports?.free ?? 0];
    };
    const before = await free();
    const machineId = await makeSpare('preparing');
    await makeSpare('asleep');
    await api.models.Operation.create({ kind: 'prepare', machineId, state: 'running' });
    t.deepEqual(
      await free(),
      before.map((count) => count - 2),
    );
    const holders = await database().transaction((transaction) =>
      memoryHolders(database(), { growing: 60, pause: 60 }, transaction),
    );
    t.like(holders, [{ userId: null, machineId, isGrowing: true, maySleep: false }]);
    t.is(holders.length, 1);
  },
);

test.serial('users come first, and what is done for nobody is in nobody’s list', async (t) => {
  await reconcile();
  const { accounts } = await createAll(1);
  const first = await claimNext(database(), 'worker');
  t.is(first?.operation.userId, accounts[0]?.id);
  const second = await claimNext(database(), 'worker');
  t.is(second?.operation.kind, 'prepare');
  await letLapse(database(), second?.operation.id ?? '');
  t.is((await claimNext(database(), 'another'))?.attempt, 2, 'another worker takes it up');
  const { id, token } = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id } });
  const { body } = await call(api, 'GET', '/admin/operations', { token });
  t.deepEqual(
    (body.data?.['operations'] as { kind: string }[]).map(({ kind }) => kind),
    ['create'],
  );
});
