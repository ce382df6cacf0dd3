// Operations are kept for as long as anybody is shown them, and no longer.
import test from 'ava';
import { systemActor } from '../../api/audit.ts';
import { enqueue } from '../../api/operations/enqueue.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

/** Operations of a user that have ended, the first the oldest. */
async function addEnded(userId: number, count: number): Promise<string[]> {
  const at = (index: number) => new Date(Date.now() - (count - index) * 1_000);
  const rows = Array.from({ length: count }, (_, index) => ({
    userId,
    kind: 'start' as const,
    state: 'succeeded' as const,
    step: 'done' as const,
    createdAt: at(index),
    endedAt: at(index),
  }));
  const made = await api.models.Operation.bulkCreate(rows);
  const events = made.map(({ id }) => ({ operationId: id, attempt: 1, state: 'succeeded', step: 'done' }) as const);
  await api.models.OperationEvent.bulkCreate(events);
  return made.map(({ id }) => id);
}

test('the latest hundred of a user stay, and others’ too', async (t) => {
  const { database } = api.stores;
  const { Operation, OperationEvent } = api.models;
  const [{ id: userId }, { id: other }] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const ids = await addEnded(userId, 120);
  await addEnded(other, 120);
  const latest = await database.transaction((transaction) =>
    enqueue(database, { kind: 'start', userId, actor: systemActor }, transaction),
  );
  const left = await Operation.findAll({ where: { userId }, order: ['createdAt'] });
  t.deepEqual(
    left.map(({ id }) => id),
    [...ids.slice(21), latest.id],
  );
  t.is(await OperationEvent.count({ where: { operationId: ids.slice(0, 21) } }), 0);
  t.is(await OperationEvent.count({ where: { operationId: ids.slice(21) } }), 99);
  t.is(await Operation.count({ where: { userId: other } }), 120);
});
