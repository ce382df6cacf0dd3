// What the look at the parts asks, and what it does not.
import test from 'ava';
import { startApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';
import { startTrap } from '../support/proxy/redirect.ts';

test('the look at the proxy takes a redirect for an answer, and does not follow it', async (t) => {
  const trap = await startTrap(302);
  const api = await startApi({ variables: { PROXY_URL: `http://127.0.0.1:${trap.server.port}` } });
  t.teardown(async () => {
    await api.stop();
    await trap.stop();
  });
  const { body } = await call(api, 'GET', '/health/detailed');
  const { parts } = body.error?.details as { parts: Record<string, { state: string }> };
  t.is(parts['proxy']?.state, 'up');
  t.is(trap.arrived(), 0);
});
