// Spare machines as rows: each is given to one user at most.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { createHosting } from '../../api/jobs/hosting.ts';
import type { Job } from '../../api/jobs/job.ts';
import { claimNext, endOperation } from '../../api/operations/claim.ts';
import { memoryHolders } from '../../api/stores/queries/memory.ts';
import { takeSpare } from '../../api/stores/queries/spares.ts';
import { MemoryShortError } from '../../stacks/errors.ts';
import { call, makeAccount, respondAsync } from '../support/api/calls.ts';
import { letLapse } from '../support/api/operations.ts';
import { SpareRows } from '../support/api/spares.ts';

let rows: SpareRows;
const database = () => rows.api.services.database;

test.before(async () => {
  rows = await SpareRows.start();
});
test.after.always(() => rows.api.stop());
test.beforeEach(() => rows.clear());

const waitingForLocks = async () => {
  const [found] = await database().query("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
  return found.length;
};

test.serial('fifty who create at once are given fifty spare machines, each as it is', async (t) => {
  for (let n = 0; n < 50; n += 1) await rows.make();
  const before = new Map((await rows.api.models.Spare.findAll()).map((spare) => [spare.machineId, spare]));
  const { answers } = await rows.createAll(50);
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
  const hostings = await rows.api.models.Hosting.findAll();
  t.is(new Set(hostings.map(({ machineId }) => machineId)).size, 50);
  for (const { machineId, vmIp, sshPort, instanceId, randomSeed } of hostings)
    t.like(before.get(machineId), { machineId, vmIp, sshPort, instanceId, randomSeed });
  t.is(await rows.api.models.Spare.count({ where: { state: 'claimed' } }), 50);
});

test.serial(
  'where there are three, three of ten are given one, and the others have machines of their own',
  async (t) => {
    const ready = [await rows.make(), await rows.make(), await rows.make()];
    // Not ready, and so nobody's.
    await rows.make('preparing');
    await rows.make('discarding');
    const { answers } = await rows.createAll(10);
    t.deepEqual([...new Set(answers.map(({ status }) => status))], [202]);
    const hostings = await rows.api.models.Hosting.findAll();
    t.is(hostings.length, 10);
    t.is(hostings.filter(({ machineId }) => ready.includes(machineId)).length, 3);
    const spares = await rows.api.models.Spare.findAll({ where: { state: ['preparing', 'discarding'] } });
    const all = [...hostings, ...spares];
    for (const unique of ['machineId', 'vmIp', 'sshPort'] as const)
      t.is(new Set(all.map((one) => one[unique])).size, 12, unique);
  },
);

test.serial('a hosting that failed is begun anew with its own machine', async (t) => {
  const account = await makeAccount(rows.api);
  await call(rows.api, 'POST', '/host', { token: account.token, headers: respondAsync });
  await rows.api.models.Operation.destroy({ where: {} });
  await rows.api.models.Hosting.update({ status: 'failed', mayHaveLeftovers: true }, { where: { userId: account.id } });
  const { machineId } = await rows.api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  await rows.make();
  t.is((await call(rows.api, 'POST', '/host', { token: account.token, headers: respondAsync })).status, 202);
  t.like(await rows.api.models.Hosting.findByPk(account.id), { machineId, status: 'creating' });
  t.is(await rows.api.models.Spare.count({ where: { state: 'asleep' } }), 1);
});

test.serial('one that a user is just being given is not taken away', async (t) => {
  const machineId = await rows.make('asleep', { image: 'yesterday' });
  const given = Promise.withResolvers<void>();
  const reconciled = Promise.withResolvers<void>();
  const giving = database().transaction(async (transaction) => {
    t.is((await takeSpare(database(), transaction))?.machineId, machineId);
    given.resolve();
    // Until the other has chosen it, and waits for this transaction.
    while ((await waitingForLocks()) === 0) await delay(20);
  });
  await given.promise;
  void rows.reconcile({ least: 0 }).then(reconciled.resolve, reconciled.reject);
  await giving;
  await reconciled.promise;
  t.deepEqual(await rows.asked('discard'), []);
  t.like(await rows.api.models.Spare.findByPk(machineId), { state: 'claimed' });
});

test.serial('who finds no room for their hosting leaves the spare machine to others', async (t) => {
  const machineId = await rows.make();
  const { accounts } = await rows.createAll(1);
  const { id: userId = 0 } = accounts[0] ?? {};
  const claim = await claimNext(database(), 'worker');
  if (!claim) return t.fail('there is no operation');
  const full = new MemoryShortError({ message: 'full' });
  const admission = { requireDisk: () => Promise.resolve(), admit: () => Promise.reject(full) };
  const hosting = await rows.api.models.Hosting.findByPk(userId, { rejectOnEmpty: true });
  const job = { claim, hosting, database: database(), admission, logger: rows.api.services.logger };
  // Nothing else of a job may be used: nothing is made, and nothing cleared.
  const outcome = await createHosting(job as unknown as Job);
  if (outcome === 'released') return t.fail('it was given back');
  await endOperation(database(), claim, outcome);
  t.is(outcome.error?.code, 'MEMORY_SHORT');
  t.is(await rows.api.models.Hosting.count(), 0);
  t.like(await rows.api.models.Spare.findByPk(machineId), { state: 'asleep' });
});

test.serial(
  'what they have is nobody else’s: addresses, ports, and the memory of one that is being made',
  async (t) => {
    const { id, token } = await makeAccount(rows.api);
    await rows.api.models.User.update({ role: 'operator' }, { where: { id } });
    const free = async () => {
      const { body } = await call(rows.api, 'GET', '/admin/node', { token });
      const { addresses, ports } = body.data as Record<string, { free: number }>;
      return [addresses?.free ?? 0, ports?.free ?? 0];
    };
    const before = await free();
    const machineId = await rows.make('preparing');
    await rows.make('asleep');
    await rows.api.models.Operation.create({ kind: 'prepare', machineId, state: 'running' });
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
  await rows.reconcile();
  const { accounts } = await rows.createAll(1);
  const first = await claimNext(database(), 'worker');
  t.is(first?.operation.userId, accounts[0]?.id);
  const second = await claimNext(database(), 'worker');
  t.is(second?.operation.kind, 'prepare');
  await letLapse(database(), second?.operation.id ?? '');
  t.is((await claimNext(database(), 'another'))?.attempt, 2, 'another worker takes it up');
  const { id, token } = await makeAccount(rows.api);
  await rows.api.models.User.update({ role: 'operator' }, { where: { id } });
  const { body } = await call(rows.api, 'GET', '/admin/operations', { token });
  t.deepEqual(
    (body.data?.['operations'] as { kind: string }[]).map(({ kind }) => kind),
    ['create'],
  );
});
