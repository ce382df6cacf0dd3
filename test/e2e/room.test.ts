// A node that is told to have memory for little more than one machine: who comes is refused while the one that is there was just
// used, and has it put to sleep when nobody uses it.
import { setTimeout as delay } from 'node:timers/promises';
import { Sleeper } from '../support/installation/sleeper.ts';
import { signUp } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

// Less than one that runs and a whole one together; nobody sleeps for want of use alone.
const test = withInstallation({ variables: { MEMORY_FOR_MACHINES: '1250', SLEEP_AFTER_SECONDS: '3600' } });

let one: Sleeper;

test.serial.before(async (t) => {
  t.timeout(600_000);
  one = await Sleeper.make(t.context);
});

test.serial('a create is refused in words and leaves nothing, then has the idle machine sleep first', async (t) => {
  t.timeout(600_000);
  const other = await signUp(t.context.url);
  const refused = await other.call('POST', '/host');
  t.is(refused.status, 503, refused.text);
  t.regex(refused.body.error?.details.reason ?? '', /no memory for one more machine/);
  t.true(Number(refused.headers.get('retry-after')) > 0);
  t.is((await other.call('GET', '/host/my')).status, 404);
  const { operations } = (await other.call('GET', '/operations')).body.data;
  t.is(operations[0]?.error?.code, 'MEMORY_SHORT');

  let created = refused;
  while (created.status === 503) {
    t.like(await one.hosting(), { status: 'running' });
    await delay(10_000);
    created = await other.call('POST', '/host');
  }
  t.is(created.status, 201, created.text);
  t.like(await one.hosting(), { status: 'asleep', asleep_reason: 'room' });
  t.is((await one.domain()).state, 'shut off');
});

test.serial('who visits one that sleeps is told that there is no room, and it sleeps on', async (t) => {
  t.timeout(600_000);
  t.deepEqual(await one.wake(), { status: 507, retryAfter: 30 });
  t.is(await one.page(), 503);
  t.like(await one.hosting(), { status: 'asleep' });
  t.is((await one.domain()).isSaved, true);
});

test.serial('it wakes when the other gives way', async (t) => {
  t.timeout(600_000);
  while ((await one.wake()).status !== 204) await delay(5_000);
  t.is(await one.page(), 200);
  t.like(await one.hosting(), { status: 'running', asleep_since: null });
  const { Hosting } = t.context.database.models;
  t.is(await Hosting.count({ where: { status: 'asleep', asleepReason: 'room' } }), 1);
});
