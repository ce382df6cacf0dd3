// What the look at the parts asks, and what it does not.
import test from 'ava';
import type { Heartbeat } from '../../api/health/heartbeat.ts';
import { startApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';
import { beatAs } from '../support/api/heartbeat.ts';
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

test('that the disk becomes full is told before nothing can be created, and memory that is short is no fault', async (t) => {
  const api = await startApi();
  t.teardown(() => api.stop());
  const space = (gigabytes: number) => ({ free_bytes: gigabytes * 1e9, total_bytes: 1e12, reserve_bytes: 20e9 });
  const looks = async (changes: Partial<Heartbeat>) => {
    const stop = await beatAs(api.services.redis, 'kvm', changes);
    const { body } = await call(api, 'GET', '/health/detailed');
    await stop();
    // The proxy is not there.
    const { parts } = body.error?.details as { parts: Record<string, { state: string; details: object }> };
    return parts;
  };
  t.like(await looks({ disk: space(60), saved: space(60) }), { disk: { state: 'up', details: { low: false } } });
  t.like(await looks({ disk: space(30), saved: space(60) }), { disk: { state: 'up', details: { low: true } } });
  t.like(await looks({ disk: space(60), saved: space(30) }), { disk: { state: 'up', details: { low: true } } });
  const full = await looks({ disk: space(22), saved: space(60) });
  t.is(full['disk']?.state, 'down');
  t.regex(JSON.stringify(full['disk']), /none is created[^]*DISK_RESERVE/);
  t.regex(JSON.stringify(await looks({ disk: space(60), saved: space(21) })), /none falls asleep/);
  t.like(await looks({ memory: space(21) }), { memory: { state: 'up', details: { low: true, reserve_bytes: 20e9 } } });
});
