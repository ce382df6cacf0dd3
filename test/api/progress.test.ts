// The progress of an operation as server-sent events; the test is the worker.
import test from 'ava';
import type { OperationStep } from '../../api/models/operation.ts';
import { type Claim, recordStep } from '../../api/operations/claim.ts';
import { announceProgress, ProgressFollower } from '../../api/operations/progress.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { eventsOf, nextOf, openEvents, readAll } from '../support/api/events.ts';
import { claim, endCreate, letLapse, queueCreate } from '../support/api/operations.ts';

/** Tells when those who follow an operation have stopped doing so. */
class WatchedFollower extends ProgressFollower {
  readonly #left = new Map<string, () => void>();

  left(operationId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left.set(operationId, resolve);
    return promise;
  }

  override async *events(operationId: string, signal: AbortSignal, after?: string) {
    try {
      yield* super.events(operationId, signal, after);
    } finally {
      this.#left.get(operationId)?.();
    }
  }
}

let api: TestApi;
let follower: WatchedFollower;

test.before(async () => {
  api = await startApi();
  follower = new WatchedFollower(api.stores.database, api.subscriber, api.services.logger);
  api.services.progress = follower;
});
test.after.always(() => api.stop());

async function begin(): Promise<{ account: Account; id: string; held: Claim }> {
  const account = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, account.id);
  return { account, id, held: await claim(api.stores.database, id) };
}

async function reach(held: Claim, step: OperationStep): Promise<void> {
  await recordStep(api.stores.database, held, step);
  await announceProgress(api.services, held.operation.id);
}

async function end(held: Claim): Promise<void> {
  await endCreate(api.stores.database, held);
  await announceProgress(api.services, held.operation.id);
}

test('the stream begins at the start, follows each step, and ends with the operation', async (t) => {
  t.timeout(20_000);
  const { account, id, held } = await begin();
  await reach(held, 'disk');
  const response = await openEvents(api, account, id);
  t.is(response.status, 200);
  t.is(response.headers.get('Content-Type'), 'text/event-stream; charset=utf-8');
  t.is(response.headers.get('Cache-Control'), 'no-store');
  const events = eventsOf(response);
  const steps: string[] = [];
  for await (const { name, data } of events) {
    t.is(name, 'progress');
    steps.push(`${data.state} ${data.step} ${data.progress}`);
    if (data.step === 'disk') await reach(held, 'boot');
    if (data.step === 'boot') await end(held);
  }
  t.deepEqual(steps, ['queued queued 0', 'running disk 10', 'running boot 15', 'succeeded done 100']);
});

test('a step arrives even when its announcement was lost', async (t) => {
  t.timeout(20_000);
  const { account, id, held } = await begin();
  const events = eventsOf(await openEvents(api, account, id));
  await nextOf(events);
  await endCreate(api.stores.database, held);
  t.is((await nextOf(events)).data.state, 'succeeded');
});

test('a reader that comes back goes on after the last event it saw', async (t) => {
  const { account, id, held } = await begin();
  await reach(held, 'disk');
  await reach(held, 'boot');
  await end(held);
  const all = await readAll(await openEvents(api, account, id));
  t.is(all.length, 4);
  for (const [n, { id: after }] of all.entries()) {
    if (n === 3) break;
    t.deepEqual(await readAll(await openEvents(api, account, id, { after })), all.slice(n + 1));
  }
});

for (const after of ['0', 'x', '-1', '1; DROP TABLE users', '9'.repeat(40)]) {
  test(`a Last-Event-ID that is none of ours is no reason to fail: ${after}`, async (t) => {
    const { account, id, held } = await begin();
    await end(held);
    const events = await readAll(await openEvents(api, account, id, { after }));
    t.deepEqual(
      events.map(({ data }) => data.step),
      ['queued', 'done'],
    );
  });
}

test('the attempts of two workers are told apart', async (t) => {
  const { account, id, held } = await begin();
  await reach(held, 'disk');
  await letLapse(api.stores.database, id);
  const second = await claim(api.stores.database, id, 'worker-2');
  await reach(second, 'disk');
  await end(second);
  const events = await readAll(await openEvents(api, account, id));
  t.deepEqual(
    events.map(({ data }) => data.attempt),
    [0, 1, 2, 2],
  );
});

test('two readers see the same', async (t) => {
  t.timeout(20_000);
  const { account, id, held } = await begin();
  const streams = await Promise.all([openEvents(api, account, id), openEvents(api, account, id)]);
  const reading = streams.map((stream) => readAll(stream));
  await reach(held, 'web');
  await end(held);
  const [first, second] = await Promise.all(reading);
  t.deepEqual(
    first?.map(({ data }) => data.step),
    ['queued', 'web', 'done'],
  );
  t.deepEqual(second, first);
});

test('a reader that goes away is followed no longer', async (t) => {
  t.timeout(10_000);
  const { account, id, held } = await begin();
  const left = follower.left(id);
  const gone = new AbortController();
  const stays = eventsOf(await openEvents(api, account, id));
  await nextOf(stays);
  const events = eventsOf(await openEvents(api, account, id, { signal: gone.signal }));
  await nextOf(events);
  gone.abort();
  await t.throwsAsync(nextOf(events), { name: 'AbortError' });
  await left;
  await end(held);
  t.is((await nextOf(stays)).data.step, 'done');
  t.false(api.log().includes('the event stream broke'));
});
