// How many event streams a user may have open at a time.
import test from 'ava';
import { startApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { openEvents } from '../support/api/events.ts';
import { queueCreate } from '../support/api/operations.ts';

/** Tries until it succeeds, but not for ever: the api is told of a reader's leaving in its own time. */
async function openWhenOneHasEnded(open: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const stream = await open();
    if (stream.status === 200) return stream;
    const { error } = (await stream.json()) as { error: { code: string } };
    if (error.code !== 'TOO_MANY_STREAMS') throw new Error(`None has ended: ${error.code}`);
  }
}

test('a user has some event streams open at a time, and another when one has ended', async (t) => {
  const api = await startApi({ variables: { LIMIT_STREAMS: '2' } });
  t.teardown(() => api.stop());
  const [account, other] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const [mine, theirs] = await Promise.all([account, other].map(({ id }) => queueCreate(api.stores.database, id)));
  const away = new AbortController();
  const open = (signal?: AbortSignal) => openEvents(api, account, mine?.id ?? '', signal ? { signal } : {});
  const streams = [await open(away.signal), await open()];
  t.deepEqual(
    streams.map(({ status }) => status),
    [200, 200],
  );
  const refused = await open();
  t.is(refused.status, 429);
  t.regex(refused.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  const { error, message } = (await refused.json()) as { error: object; message: string };
  t.deepEqual(error, { code: 'TOO_MANY_STREAMS', details: { limit: 2 } });
  t.regex(message, /너무 많습니다/);
  const stranger = await openEvents(api, other, theirs?.id ?? '');
  t.is(stranger.status, 200);
  away.abort();
  const again = await openWhenOneHasEnded(open);
  t.is((await open()).status, 429, 'it is one again, not any number');
  for (const stream of [streams[1], again, stranger]) await stream?.body?.cancel();
  for (const stream of [await openWhenOneHasEnded(open), await openWhenOneHasEnded(open)]) await stream.body?.cancel();
});
