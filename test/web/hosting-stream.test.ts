// The stream of the page of the hosting: what it brings, when, to whom, and until when.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { announceProgress } from '../../api/operations/progress.ts';
import { recordStep } from '../../api/operations/claim.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { claim, endAsAsked, queueCreate } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

// One after another: what one of them queues moves the place of who waits in another.
let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

/** Collects what a stream says. */
async function* texts(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) if (event.includes('data: ')) yield event.replaceAll(/^data: ?/gm, '');
  }
}

const next = async (stream: AsyncGenerator<string>) => (await stream.next()).value as string | undefined;

test.serial(
  'the stream says the state at once, each step as it happens, and goes on after a lost connection',
  async (t) => {
    const account = await makeAccount(api);
    const visitor = PageVisitor.as(api, account);
    const closed = new AbortController();
    const response = await visitor.open('/hosting/events', closed.signal);
    t.regex(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    t.is(response.headers.get('x-accel-buffering'), 'no');
    const stream = texts(response);
    t.regex((await next(stream)) ?? '', /Create my hosting/);
    const { id } = await queueCreate(api.stores.database, account.id);
    t.regex((await next(stream)) ?? '', /Waiting for its turn/, 'a create from elsewhere is seen');
    const claimed = await claim(api.stores.database, id);
    await next(stream);
    await recordStep(api.stores.database, claimed, 'boot');
    await announceProgress(api.services, id);
    t.regex((await next(stream)) ?? '', /Now: Switching the server on/);
    closed.abort();
    await t.throwsAsync(next(stream));
    await endAsAsked(api.stores.database, claimed);
    const again = new AbortController();
    const resumed = texts(await visitor.open('/hosting/events', again.signal));
    t.regex((await next(resumed)) ?? '', /state running/);
    again.abort();
  },
);

test.serial('a lone carriage return of the console does not break the stream', async (t) => {
  const account = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, account.id);
  const error = { code: 'VM_NOT_READY', status: 504, message: 'x', console: ['before\rafter', 'last'] };
  await endAsAsked(api.stores.database, await claim(api.stores.database, id), error);
  const closed = new AbortController();
  const text = (await next(texts(await PageVisitor.as(api, account).open('/hosting/events', closed.signal)))) ?? '';
  closed.abort();
  t.true(text.includes('before\nafter\nlast'), text);
  t.false(text.includes('\r'));
});

test.serial('the stream shows no other user’s hosting, and ends with the session', async (t) => {
  const [account, other] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const stream = texts(await PageVisitor.as(api, account).open('/hosting/events', AbortSignal.timeout(20_000)));
  t.regex((await next(stream)) ?? '', /Create my hosting/);
  const pending = next(stream);
  await queueCreate(api.stores.database, other.id);
  t.is(await Promise.race([pending, delay(2_500)]), undefined);
  await api.models.Session.destroy({ where: { id: account.sessionId } });
  t.is(await pending, 'event: over\nover');
  t.is(await next(stream), undefined);
});

test.serial('a user has so many of these pages open at a time, and closed ones do not count', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const closed = new AbortController();
  const open = () => visitor.open('/hosting/events', closed.signal);
  const all = await Promise.all(Array.from({ length: 20 }, open));
  t.true(all.every(({ status }) => status === 200));
  t.is((await open()).status, 429);
  closed.abort();
  const deadline = new AbortController();
  let status = 0;
  while (status !== 200) {
    await delay(50);
    ({ status } = await visitor.open('/hosting/events', deadline.signal));
  }
  deadline.abort();
  t.is(status, 200);
});

test.serial('nothing goes on for pages that are closed', async (t) => {
  const account = await makeAccount(api);
  const closed = new AbortController();
  const response = await PageVisitor.as(api, account).open('/hosting/events', closed.signal);
  await next(texts(response));
  closed.abort();
  await delay(1_500);
  const queries: string[] = [];
  const { options } = api.stores.database as unknown as { options: { logging: unknown } };
  options.logging = (sql: string) => queries.push(sql);
  await delay(2_500);
  options.logging = false;
  t.deepEqual(
    queries.filter((sql) => sql.includes('concat_ws')),
    [],
  );
});

test.serial('who waits is told how many come before, and about how long', async (t) => {
  await Promise.all(
    (await api.models.Operation.findAll({ where: { state: 'queued' } })).map((one) => one.update({ state: 'failed' })),
  );
  const [first, second, third] = await Promise.all([makeAccount(api), makeAccount(api), makeAccount(api)]);
  const { id } = await queueCreate(api.stores.database, first.id);
  await queueCreate(api.stores.database, second.id);
  await queueCreate(api.stores.database, third.id);
  const expected = async (account: Account) => {
    const { text } = await PageVisitor.as(api, account).get('/hosting');
    const [, seconds] = /data-expected="(\d+)"/.exec(text) ?? [];
    return { text, seconds: Number(seconds) };
  };
  const [one, , three] = [await expected(first), await expected(second), await expected(third)];
  t.regex(one.text, /role="status">It is next/);
  t.regex(three.text, /role="status">Waiting for its turn: 2 before it[^]*about [^<]+ · 2 before it/);
  t.true(three.seconds >= 3 * one.seconds - 3, `${one.seconds} and ${three.seconds}`);
  const closed = new AbortController();
  const stream = texts(await PageVisitor.as(api, third).open('/hosting/events', closed.signal));
  t.regex((await next(stream)) ?? '', /2 before it/);
  await endAsAsked(api.stores.database, await claim(api.stores.database, id));
  t.regex((await next(stream)) ?? '', /1 before it/, 'as the others go on');
  closed.abort();
});
