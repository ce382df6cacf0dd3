// Who sleeps: a machine that nobody uses, and none with a connection that is open.
import { setTimeout as delay } from 'node:timers/promises';
import { Sleeper } from '../support/installation/sleeper.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation({ variables: { SLEEP_AFTER_SECONDS: '40', GUARD_INTERVAL_SECONDS: '3' } });

let one: Sleeper;
const status = async () => (await one.hosting()).status;

test.serial.before(async (t) => {
  t.timeout(600_000);
  one = await Sleeper.make(t.context);
});

test.serial('with an SSH session that says nothing it stays awake, and without one it sleeps', async (t) => {
  t.timeout(600_000);
  const open = one.run('echo open; sleep 100');
  const end = Date.now() + 95_000;
  while (Date.now() < end) {
    t.is(await status(), 'running');
    await delay(2_000);
  }
  t.is(await open, 'open');
  t.is((await one.latestEnded('sleep')).state, 'succeeded');
  t.like(await one.hosting(), { status: 'asleep', asleep_reason: 'idle' });
});

test.serial('one whose user wants it awake does not sleep', async (t) => {
  t.timeout(600_000);
  const { Hosting } = t.context.database.models;
  await Hosting.update({ sleep: 'never' }, { where: { userId: one.user.userId } });
  t.is((await one.wake()).status, 204);
  const end = Date.now() + 90_000;
  while (Date.now() < end) {
    t.is(await status(), 'running');
    await delay(2_000);
  }
});
