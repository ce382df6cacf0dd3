// Who may carry out an operation: one worker at a time, and never one whose claim is gone.
import test from 'ava';
import type { Database } from '../../api/stores/database.ts';
import { userOf } from '../../api/models/operation.ts';
import {
  type Claim,
  claimNext,
  ClaimLostError,
  endOperation,
  recordStep,
  releaseClaim,
  renewClaim,
} from '../../api/operations/claim.ts';
import { claim, endCreate, letLapse, queueCreate, snapshot } from '../support/api/operations.ts';
import { startStores, type Stores } from '../support/api/stores.ts';

let stores: Stores;
let database: Database;

test.before(async () => {
  stores = await startStores();
  ({ database } = stores);
});
test.after.always(() => stores.stop());
// So that the next operation is the test's own.
test.beforeEach(() => database.query('TRUNCATE operations CASCADE'));

let count = 0;
async function queued(): Promise<string> {
  count += 1;
  const username = `operations${count}`;
  const { id: userId } = await database.models.User.create({
    email: `${username}@example.com`,
    username,
    passwordHash: 'none',
  });
  return (await queueCreate(database, userId)).id;
}

/** Seconds that the claim of an operation still holds. */
async function leaseOf(id: string): Promise<number> {
  const [rows] = await database.query(
    'SELECT extract(epoch FROM lease_until - now())::float AS rest FROM operations WHERE id = $1',
    {
      bind: [id],
    },
  );
  return (rows as { rest: number }[])[0]?.rest ?? 0;
}

test.serial('a queued operation is claimed, for twenty seconds', async (t) => {
  const id = await queued();
  const { attempt, operation } = await claim(database, id);
  t.is(attempt, 1);
  t.like(operation, { id, state: 'running', attempt: 1, worker: 'worker-1' });
  t.true(operation.startedAt instanceof Date);
  const lease = await leaseOf(id);
  t.true(lease > 10 && lease <= 20, String(lease));
});

test.serial('of ten claims at once, one succeeds', async (t) => {
  const id = await queued();
  const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => claimNext(database, `worker-${n}`)));
  t.is(claims.filter((claim) => claim !== null).length, 1);
  t.like(await database.models.Operation.findByPk(id), { attempt: 1, state: 'running' });
});

test.serial('a claimed operation is not another’s while its lease holds', async (t) => {
  const id = await queued();
  await claim(database, id);
  t.is(await claimNext(database, 'worker-2'), null);
  t.like(await database.models.Operation.findByPk(id), { worker: 'worker-1', attempt: 1 });
});

test.serial('a lapsed claim goes to one other, as the second attempt', async (t) => {
  const id = await queued();
  const { operation: first } = await claim(database, id);
  await letLapse(database, id);
  const claims = await Promise.all(Array.from({ length: 10 }, (_, n) => claimNext(database, `other-${n}`)));
  const [second, ...more] = claims.filter((claim) => claim !== null);
  t.is(second?.attempt, 2);
  t.deepEqual(more, []);
  t.deepEqual(second?.operation.startedAt, first.startedAt);
});

test.serial('a renewed claim holds for twenty seconds again', async (t) => {
  const id = await queued();
  const held = await claim(database, id);
  await letLapse(database, id);
  await renewClaim(database, held);
  t.true((await leaseOf(id)) > 10);
  t.is(await claimNext(database, 'worker-2'), null);
});

test.serial('a released claim is free at once', async (t) => {
  const id = await queued();
  await releaseClaim(database, await claim(database, id));
  t.is((await claim(database, id, 'worker-2')).attempt, 2);
});

test.serial('steps are written down with the attempt that reached them', async (t) => {
  const id = await queued();
  await recordStep(database, await claim(database, id), 'disk');
  await letLapse(database, id);
  await recordStep(database, await claim(database, id), 'boot');
  const events = await database.models.OperationEvent.findAll({ where: { operationId: id }, order: [['id', 'ASC']] });
  t.deepEqual(
    events.map(({ attempt, state, step }) => [attempt, state, step]),
    [
      [0, 'queued', 'queued'],
      [1, 'running', 'disk'],
      [2, 'running', 'boot'],
    ],
  );
  t.like(await database.models.Operation.findByPk(id), { step: 'boot' });
});

test.serial('a success ends the operation and changes the hosting', async (t) => {
  const id = await queued();
  const held = await claim(database, id);
  await endCreate(database, held);
  t.like(await database.models.Operation.findByPk(id), {
    state: 'succeeded',
    step: 'done',
    error: null,
    leaseUntil: null,
  });
  t.like(await database.models.Hosting.findByPk(userOf(held.operation)), { status: 'running' });
  t.like(await database.models.OperationEvent.findOne({ where: { operationId: id, state: 'succeeded' } }), {
    step: 'done',
    attempt: 1,
  });
});

test.serial('a failure keeps the step it failed at, and its reason', async (t) => {
  const id = await queued();
  const held = await claim(database, id);
  await recordStep(database, held, 'web');
  const error = { code: 'VM_NOT_READY', status: 504, message: 'It did not answer.', console: ['a', 'b'] };
  await endCreate(database, held, error);
  t.like(await database.models.Operation.findByPk(id), { state: 'failed', step: 'web', error });
  t.is(await database.models.Hosting.findByPk(userOf(held.operation)), null);
});

test.serial('a failure ends, whatever the machine wrote to its console', async (t) => {
  const id = await queued();
  const error = { code: 'VM_NOT_READY', status: 504, message: 'no', console: ['a\0b', '\ud800', String.raw`\u0000`] };
  await endCreate(database, await claim(database, id), error);
  const ended = await database.models.Operation.findByPk(id);
  t.deepEqual(ended?.error?.console, ['ab', '\ufffd', String.raw`\u0000`]);
});

test.serial('when the end’s effect fails, nothing has ended', async (t) => {
  const id = await queued();
  const held = await claim(database, id);
  await database.models.Hosting.destroy({ where: { userId: userOf(held.operation) } });
  const before = await snapshot(database, id);
  const effect = () => Promise.reject(new Error('the row is gone'));
  await t.throwsAsync(endOperation(database, held, { state: 'succeeded', effect }), { message: 'the row is gone' });
  t.deepEqual(await snapshot(database, id), before);
});

for (const failed of [false, true]) {
  test.serial(`an operation that has ${failed ? 'failed' : 'succeeded'} is not claimed again`, async (t) => {
    const id = await queued();
    await endCreate(database, await claim(database, id), failed ? { code: 'X', status: 503, message: 'x' } : undefined);
    t.is(await claimNext(database, 'worker-2'), null);
    await letLapse(database, id);
    t.is(await claimNext(database, 'worker-2'), null);
  });
}

const writes: Record<string, (held: Claim) => Promise<unknown>> = {
  renewal: (held) => renewClaim(database, held),
  release: (held) => releaseClaim(database, held),
  step: (held) => recordStep(database, held, 'ssh'),
  success: (held) => endCreate(database, held),
  failure: (held) => endCreate(database, held, { code: 'X', status: 503, message: 'x' }),
};
for (const [what, write] of Object.entries(writes)) {
  test.serial(`a ${what} by a worker whose claim is another’s changes nothing`, async (t) => {
    const id = await queued();
    const old = await claim(database, id, 'slow');
    await letLapse(database, id);
    await claim(database, id, 'fast');
    const before = await snapshot(database, id);
    await t.throwsAsync(write(old), { instanceOf: ClaimLostError });
    t.deepEqual(await snapshot(database, id), before);
  });

  test.serial(`a ${what} after the end changes nothing`, async (t) => {
    const id = await queued();
    const held = await claim(database, id);
    await endCreate(database, held);
    const before = await snapshot(database, id);
    await t.throwsAsync(write(held), { instanceOf: ClaimLostError });
    t.deepEqual(await snapshot(database, id), before);
  });
}
