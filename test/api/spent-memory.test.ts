// What rows say of memory that was saved: none that may have been resumed counts as fresh, whatever went wrong.
import test from 'ava';
import { type Job, rowAfterFailure } from '../../api/jobs/job.ts';
import { fallAsleep } from '../../api/jobs/sleep.ts';
import type { Hosting } from '../../api/models/hosting.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { ownerOf } from '../support/api/hosting-states.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

interface Libvirt {
  isOn: boolean;
  hasImage: boolean;
  slept?: 'saved' | 'kept' | 'off';
}

/** Not machines of this test's: only these answers count here. Real ones are in test/e2e/sleep-faults.test.ts. */
async function jobOf(imageSpent: boolean, { isOn, hasImage, slept }: Libvirt) {
  const { id } = await ownerOf(api, 'asleep');
  const hosting = await api.models.Hosting.findByPk(id, { rejectOnEmpty: true });
  await hosting.update({ imageSpent, asleepSince: new Date() });
  const told: string[] = [];
  const stacks = {
    powered: () => Promise.resolve(isOn ? [id] : []),
    asleep: () => Promise.resolve(hasImage ? [id] : []),
    holdVisitors: () => Promise.resolve(void told.push('hold')),
    admit: () => Promise.resolve(void told.push('admit')),
    sleep: () => Promise.resolve(slept),
  };
  const { signal } = new AbortController();
  const claim = { operation: { deaths: 0 } };
  const admission = { requireDiskForMemory: () => Promise.resolve() };
  const fixed = { admission, signal, logger: api.services.logger, onStep: () => undefined };
  const job = { claim, hosting, stacks, ...fixed };
  return { job: job as unknown as Job, hosting, told };
}

test('a machine that was resumed and not made ready is asleep, so that another wake ends what one began', async (t) => {
  const { job, hosting, told } = await jobOf(true, { isOn: true, hasImage: true });
  t.like(await rowAfterFailure(job, 'asleep'), { status: 'asleep', asleepSince: hosting.asleepSince });
  t.false('imageSpent' in (await rowAfterFailure(job, 'asleep')), 'that it is spent stays so');
  t.is(told[0], 'hold');
});

test('one that is on with no memory on disk is on, and one that sleeps has visitors wait', async (t) => {
  const on = await jobOf(false, { isOn: true, hasImage: false });
  t.like(await rowAfterFailure(on.job, 'asleep'), { status: 'running', imageSpent: false, asleepSince: null });
  t.deepEqual(on.told, ['admit']);
  const asleep = await jobOf(false, { isOn: false, hasImage: true });
  t.like(await rowAfterFailure(asleep.job, 'running'), { status: 'asleep' });
  t.deepEqual(asleep.told, ['hold']);
});

for (const [slept, imageSpent, after] of [
  ['saved', true, false],
  ['saved', false, false],
  ['kept', true, true],
  ['kept', false, false],
] as const)
  test(`memory that was ${slept} is ${after ? 'spent' : 'fresh'} where it was ${imageSpent ? 'spent' : 'fresh'}`, async (t) => {
    const { job, hosting } = await jobOf(imageSpent, { isOn: false, hasImage: true, slept });
    const outcome = await fallAsleep(job);
    if (outcome === 'released') return t.fail();
    await api.stores.database.transaction((transaction) => outcome.effect(transaction));
    const { status, imageSpent: is }: Hosting = await hosting.reload();
    t.deepEqual([status, is], ['asleep', after]);
  });
