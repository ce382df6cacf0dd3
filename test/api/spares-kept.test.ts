// When a spare machine is prepared, and when one is taken away.
import test, { type ExecutionContext } from 'ava';
import type { SpareState } from '../../api/models/spare.ts';
import { claimNext, endOperation } from '../../api/operations/claim.ts';
import { call } from '../support/api/calls.ts';
import { endLatest } from '../support/api/operations.ts';
import { SpareRows } from '../support/api/spares.ts';

let rows: SpareRows;
const database = () => rows.api.services.database;

test.before(async () => {
  rows = await SpareRows.start();
});
test.after.always(() => rows.api.stop());
test.beforeEach(() => rows.clear());

/** Ends the one operation that is to be under way, as a worker does. */
async function endOne(t: ExecutionContext, state: 'succeeded' | 'failed', spareBecomes?: SpareState): Promise<void> {
  const claim = await claimNext(database(), 'worker');
  if (!claim) return t.fail('there is no operation');
  const where = { machineId: claim.operation.machineId ?? 0 };
  const effect = async (transaction: Parameters<Parameters<typeof endOperation>[2]['effect']>[0]) => {
    if (spareBecomes)
      await rows.api.models.Spare.update({ state: spareBecomes, image: 'today' }, { where, transaction });
    else await rows.api.models.Spare.destroy({ where, transaction });
  };
  const error = { code: 'INTERNAL', status: 500, message: 'no' };
  await endOperation(database(), claim, { state, ...(state === 'failed' && { error }), effect });
}

async function readyNow(): Promise<number[]> {
  return (await rows.api.models.Spare.findAll({ where: { state: 'asleep' } })).map(({ machineId }) => machineId);
}

async function partOfHealth() {
  const { body } = await call(rows.api, 'GET', '/health/detailed');
  const { parts } = (body.data ?? body.error?.details) as { parts: Record<string, unknown> };
  return parts['spares'] as object;
}

test.serial('they are prepared one by one, until there are enough', async (t) => {
  for (const there of [1, 2]) {
    await Promise.all([rows.reconcile(), rows.reconcile(), rows.reconcile()]);
    t.is((await rows.asked('prepare')).length, 1);
    await endOne(t, 'succeeded', 'asleep');
    t.is(await rows.api.models.Spare.count({ where: { state: 'asleep' } }), there);
  }
  await rows.reconcile();
  t.deepEqual(await rows.asked('prepare'), []);
  await rows.reconcile({ least: 0, most: 0 });
  t.is((await rows.asked('discard')).length, 2, 'and taken away when there are to be none');
});

test.serial('none is prepared without room, or while anybody waits for anything', async (t) => {
  await rows.reconcile({ hasRoom: false });
  t.deepEqual(await rows.asked('prepare'), []);
  const { accounts } = await rows.createAll(1);
  await rows.reconcile();
  t.deepEqual(await rows.asked('prepare'), []);
  await endLatest(database(), accounts[0]?.id ?? 0);
  await rows.reconcile();
  t.is((await rows.asked('prepare')).length, 1);
});

test.serial('as many are wanted as hostings were asked for within the hour', async (t) => {
  const { accounts } = await rows.createAll(6);
  for (const { id } of accounts) await endLatest(database(), id);
  for (let there = 0; there < 4; there += 1) {
    await rows.reconcile();
    await endOne(t, 'succeeded', 'asleep');
  }
  await rows.reconcile();
  t.deepEqual(await rows.asked('prepare'), [], 'and no more than the most');
  await rows.api.models.Spare.destroy({ where: {} });
  await database().query("UPDATE operations SET created_at = created_at - interval '61 minutes'");
  for (const _ of [1, 2]) {
    await rows.reconcile();
    await endOne(t, 'succeeded', 'asleep');
  }
  await rows.reconcile();
  t.deepEqual(await rows.asked('prepare'), [], 'the least, when nobody has asked of late');
});

test.serial('one that fails is tried again after a while, and not at once', async (t) => {
  await rows.reconcile();
  await endOne(t, 'failed');
  t.like(await partOfHealth(), { state: 'down' });
  await rows.reconcile();
  t.deepEqual(await rows.asked('prepare'), []);
  await database().query("UPDATE operations SET ended_at = ended_at - interval '11 minutes'");
  await rows.reconcile();
  await endOne(t, 'succeeded', 'asleep');
  const none = { preparing: 0, claimed: 0, adopted: 0, discarding: 0 };
  t.like(await partOfHealth(), { state: 'up', details: { ...none, asleep: 1 } });
});

test.serial('of no use any more: another image, too old, a port out of range, no saved memory, too many', async (t) => {
  const good = await rows.make();
  const old = await rows.make();
  await database().query("UPDATE spares SET created_at = now() - interval '8 days' WHERE machine_id = $1", {
    bind: [old],
  });
  const unsaved = await rows.make();
  const bad = [
    await rows.make('asleep', { image: 'yesterday' }),
    old,
    await rows.make('asleep', { sshPort: 1 }),
    unsaved,
  ];
  await rows.reconcile({ unsaved: [unsaved] });
  t.deepEqual(
    await rows.asked('discard'),
    bad.toSorted((a, b) => a - b),
  );
  t.deepEqual(await readyNow(), [good], 'nobody is given one of them');
  const more = [await rows.make(), await rows.make(), await rows.make(), await rows.make()];
  await rows.reconcile();
  t.true((await rows.asked('discard')).includes(more.at(-1) ?? 0));
  t.is((await readyNow()).length, 4);
});

test.serial('one that a user has is left alone, but for what its life before left', async (t) => {
  const adopted = await rows.make('adopted');
  await rows.make();
  await rows.createAll(1);
  await rows.reconcile();
  t.deepEqual(await rows.asked('discard'), [adopted]);
  t.like(await rows.api.models.Spare.findByPk(adopted), { state: 'adopted' });
  t.is(await rows.api.models.Spare.count({ where: { state: 'claimed' } }), 1);
});

test.serial('a discard that fails is tried again after a while', async (t) => {
  const machineId = await rows.make('discarding');
  await rows.reconcile({ least: 0 });
  await endOne(t, 'failed', 'discarding');
  await rows.reconcile({ least: 0 });
  t.deepEqual(await rows.asked('discard'), []);
  await database().query("UPDATE operations SET ended_at = ended_at - interval '11 minutes'");
  await rows.reconcile({ least: 0 });
  t.deepEqual(await rows.asked('discard'), [machineId]);
});
