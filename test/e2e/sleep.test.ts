// A machine that sleeps: its memory is on disk, and it goes on where it was, whatever is asked of it meanwhile.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { whatIsLeft } from '../support/installation/leftovers.ts';
import { Sleeper } from '../support/installation/sleeper.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();

let one: Sleeper;

const bootId = () => one.run('cat /proc/sys/kernel/random/boot_id');

/** Milliseconds by which the guest's clock is behind. */
async function clockLag(): Promise<number> {
  const before = Date.now();
  const guest = Number(await one.run('date +%s%3N'));
  // Somewhere between.
  return Math.max(before - guest, guest - Date.now(), 0);
}

test.serial.before(async (t) => {
  t.timeout(600_000);
  one = await Sleeper.make(t.context);
});

test.serial('asleep it takes no memory; woken it goes on where it was, with its clock right', async (t) => {
  t.timeout(600_000);
  await one.run('echo kept >/dev/shm/in-memory; echo unsynced >~/just-now');
  const boot = await bootId();
  await one.sleep();
  t.deepEqual(await one.domain(), { state: 'shut off', startsWithNode: false, isSaved: true });
  t.true(one.isMarked);
  const asleep = await one.hosting();
  t.like(asleep, { status: 'asleep', asleep_reason: 'idle', started_at: null });
  t.true(Math.abs(Date.now() - Date.parse(asleep.asleep_since ?? '')) < 60_000);
  await delay(10_000);

  const visitors = await Promise.all(Array.from({ length: 10 }, () => one.wake()));
  t.deepEqual(new Set(visitors.map(({ status }) => status)), new Set([204]));
  t.is(await one.page(), 200);
  t.false(one.isMarked);
  t.deepEqual(await one.domain(), { state: 'running', startsWithNode: true, isSaved: false });
  t.true((await clockLag()) < 1_000, 'clock');
  t.is(await bootId(), boot);
  t.is(await one.run('cat /dev/shm/in-memory ~/just-now'), 'kept\nunsynced');
  t.like(await one.hosting(), { status: 'running', asleep_since: null, asleep_reason: null });
});

test.serial('visitors and SSH wake it through the proxy, which has them wait', async (t) => {
  t.timeout(600_000);
  const boot = await bootId();
  await one.sleep();
  const pages = await Promise.all(Array.from({ length: 5 }, () => one.page()));
  t.deepEqual(new Set(pages), new Set([200]));
  await one.sleep();
  t.is(await bootId(), boot);
  t.like(await one.hosting(), { status: 'running' });
});

test.serial('a machine whose agent does not answer wakes all the same', async (t) => {
  t.timeout(600_000);
  await one.run('sudo systemctl stop qemu-guest-agent');
  await one.sleep();
  t.is((await one.wake()).status, 204);
  await one.run('sudo systemctl start qemu-guest-agent');
  t.like(await one.domain(), { state: 'running', isSaved: false });
});

test.serial('its address changes while it sleeps, and nobody wakes it for that', async (t) => {
  t.timeout(600_000);
  await one.sleep();
  const renamed = await one.user.call('PATCH', '/auth/me', { body: { site_name: `${one.user.username}x` } });
  t.is(renamed.status, 200, renamed.text);
  t.is((await one.latestEnded('route')).state, 'succeeded');
  t.like(await one.domain(), { state: 'shut off', startsWithNode: false, isSaved: true });
  t.is((await one.hosting()).status, 'asleep');
  const boot = await one.wake().then(bootId);
  await one.sleep();
  // Its user may wake it too.
  const started = await one.user.call('POST', '/host/my/start');
  t.is(started.status, 200, started.text);
  t.is(await bootId(), boot);
});

test.serial('stopped while asleep it is shut down in good order, and loses nothing', async (t) => {
  t.timeout(600_000);
  await one.run('echo unsynced >~/before-stop; sudo systemctl is-system-running --wait; true');
  await one.sleep();
  const stopped = await one.user.call('POST', '/host/my/stop');
  t.is(stopped.status, 200, stopped.text);
  t.like(stopped.body.data.hosting, { status: 'stopped', asleep_since: null });
  t.deepEqual(await one.domain(), { state: 'shut off', startsWithNode: false, isSaved: false });
  t.false(one.isMarked);
  const started = await one.user.call('POST', '/host/my/start');
  t.is(started.status, 200, started.text);
  t.is(await one.run('cat ~/before-stop'), 'unsynced');
});

test.serial('a password is given to a machine that sleeps, which is woken for it', async (t) => {
  t.timeout(600_000);
  await one.sleep();
  const given = await one.user.call('POST', '/host/my/password');
  t.is(given.status, 200, given.text);
  t.like(await one.hosting(), { status: 'running', asleep_since: null });
  t.false(one.isMarked);
});

test.serial('whose user is suspended is shut down, and nobody wakes it', async (t) => {
  t.timeout(600_000);
  const { User } = t.context.database.models;
  const where = { id: one.user.userId };
  await one.sleep();
  await User.update({ suspendedAt: new Date() }, { where });
  t.is((await one.wake()).status, 404);
  t.is((await one.latestEnded('suspend')).state, 'succeeded');
  t.deepEqual(await one.domain(), { state: 'shut off', startsWithNode: false, isSaved: false });
  t.is((await one.wake()).status, 404);
  t.is(await one.page(), 403);
  await User.update({ suspendedAt: null }, { where });
  t.is((await one.latestEnded('resume')).state, 'succeeded');
  t.is(await one.page(), 200);
});

test.serial('deleted while asleep it leaves nothing', async (t) => {
  t.timeout(600_000);
  await one.sleep();
  const removed = await one.user.call('DELETE', '/host/my');
  t.is(removed.status, 200, removed.text);
  t.deepEqual(await whatIsLeft(t.context, one.user.userId, one.sshPort), []);
  t.false(existsSync(one.image));
});
