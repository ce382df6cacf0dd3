// Whatever dies while a machine sleeps or wakes: its memory is resumed once at most, its disk is whole, and it answers again.
import { truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { requestSleep } from '../../api/operations/sleep.ts';
import { run, virsh } from '../support/run.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { Sleeper } from '../support/installation/sleeper.ts';
import { untilStep } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation({ workers: 2 });
type Test = ExecutionContext<TestInstallation>;

let one: Sleeper;

const bootId = () => one.run('cat /proc/sys/kernel/random/boot_id');
/** Comes again and again, as visitors do, until the machine answers. */
async function untilWoken(): Promise<void> {
  while ((await one.wake()).status !== 204) await delay(1_000);
}

async function killWorkers(t: Test): Promise<void> {
  await Promise.all(t.context.installation.named('worker').map((worker) => worker.kill('SIGKILL')));
}

/** That it answers, with a file system without faults, and that no memory is left that could be resumed again. */
async function assertWhole(t: Test): Promise<void> {
  t.is(await one.page(), 200);
  t.deepEqual(await one.domain(), { state: 'running', startsWithNode: true, isSaved: false });
  t.false(one.isMarked);
  t.like(await one.hosting(), { status: 'running', asleep_since: null });
  t.is(await one.run('cat ~/kept'), 'kept');
  await one.run('sudo dmesg | grep -i "EXT4-fs error" && exit 1; true');
}

test.serial.before(async (t) => {
  t.timeout(600_000);
  one = await Sleeper.make(t.context);
  await one.run('echo kept >~/kept; sync');
});

test.serial('memory that cannot be read is thrown away, and the machine boots', async (t) => {
  t.timeout(600_000);
  const boot = await bootId();
  await one.sleep();
  truncateSync(one.image, 20_000_000);
  await untilWoken();
  t.not(await bootId(), boot);
  await assertWhole(t);
});

test.serial('all workers die while it wakes: another finishes that, and resumes nothing twice', async (t) => {
  t.timeout(600_000);
  await one.sleep();
  const woken = one.wake();
  const { id } = await openOperation(t);
  await untilStep(one.user, id, 'wake');
  await killWorkers(t);
  t.is((await woken).status, 204);
  await assertWhole(t);
});

test.serial('all workers die while it falls asleep: it sleeps, and wakes', async (t) => {
  t.timeout(600_000);
  const boot = await bootId();
  await requestSleep(t.context.database, one.user.userId, 'idle');
  await untilStep(one.user, (await openOperation(t)).id, 'save');
  await delay(500);
  await killWorkers(t);
  t.is((await one.wake()).status, 204);
  t.is(await bootId(), boot);
  await assertWhole(t);
});

test.serial('QEMU dies while it wakes: what its memory was is gone, and not resumed again', async (t) => {
  t.timeout(600_000);
  const boot = await bootId();
  await one.sleep();
  const woken = one.wake();
  process.kill(await untilQemu(), 'SIGKILL');
  await woken;
  await untilWoken();
  t.not(await bootId(), boot);
  await assertWhole(t);
});

test.serial('libvirtd is away while it is to wake: later it wakes', async (t) => {
  t.timeout(600_000);
  await one.sleep();
  await t.context.relay.cut();
  t.is((await one.wake()).status, 503);
  t.like(await one.hosting(), { status: 'asleep' });
  await t.context.relay.open();
  await untilWoken();
  await assertWhole(t);
});

test.serial('what somebody else saves or wakes is found, and the rest of it done', async (t) => {
  t.timeout(600_000);
  const boot = await bootId();
  await virsh('managedsave', one.vmId);
  t.is((await one.latestEnded('sleep')).state, 'succeeded');
  t.true(one.isMarked);
  t.like(await one.hosting(), { status: 'asleep', asleep_reason: 'saved' });
  await virsh('start', one.vmId);
  t.is((await one.latestEnded('wake')).state, 'succeeded');
  t.is(await bootId(), boot);
  await assertWhole(t);
});

async function openOperation({ context }: Test): Promise<{ id: string }> {
  for (;;) {
    const where = { userId: one.user.userId, state: ['queued', 'running'] };
    const operation = await context.database.models.Operation.findOne({ where });
    if (operation) return operation;
    await delay(20);
  }
}

/** The process of the machine that is being resumed. */
async function untilQemu(): Promise<number> {
  for (;;) {
    const { stdout } = await run('pgrep', ['-x', 'qemu-system-x86'], { reject: false });
    for (const pid of stdout.split('\n').filter(Boolean)) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
      if (command.includes(`guest=${one.vmId},`)) return Number(pid);
    }
    await delay(20);
  }
}
