// What workers make in the rows of machines that were switched by somebody else, or that libvirt could not start.
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { reconcilePower } from '../../api/jobs/reconcile-power.ts';
import type { HostingStatus } from '../../api/models/hosting.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import type { Account } from '../support/api/calls.ts';
import { ownerOf as makeOwner, statusOf } from '../support/api/hosting-states.ts';
import { claim, endAsAsked } from '../support/api/operations.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const ownerOf = (status: HostingStatus) => makeOwner(api, status);

interface Libvirt {
  on: number[];
  saved?: number[];
  failed?: number[];
  mayStart?: boolean;
  asked?: number[];
  /** While it is asked. */
  meanwhile?: () => Promise<unknown>;
}

const idsOf = (hostings: { userId: number }[]) => hostings.map(({ userId }) => userId);

/** Not machines of this test's: only these answers count here. That real ones are seen: test/e2e/power.test.ts, test/reboot. */
async function watch(libvirt: Libvirt): Promise<void> {
  // What was written in the same millisecond is left to the next look.
  await setTimeout(2);
  await reconcilePower(api.stores.database, {
    powered: async (hostings) => {
      await libvirt.meanwhile?.();
      return idsOf(hostings).filter((id) => libvirt.on.includes(id));
    },
    asleep: (hostings) => Promise.resolve(idsOf(hostings).filter((id) => libvirt.saved?.includes(id))),
    failedToStart: (hostings) => {
      libvirt.asked = idsOf(hostings);
      return Promise.resolve(libvirt.asked.filter((id) => libvirt.failed?.includes(id)));
    },
    mayStart: () => Promise.resolve(libvirt.mayStart ?? true),
  });
}

// These look at every hosting there is: no other test may have one at the time.
test.serial('machines that were switched by somebody else are told as they are', async (t) => {
  const [crashed, started, busy, right] = await Promise.all([
    ownerOf('running'),
    ownerOf('stopped'),
    ownerOf('updating'),
    ownerOf('running'),
  ]);
  await watch({ on: [started.id, right.id] });
  t.like(await api.models.Hosting.findByPk(crashed.id), { status: 'stopped', powered: false, startedAt: null });
  t.like(await api.models.Hosting.findByPk(started.id), { status: 'running', powered: true });
  t.is(await statusOf(api, busy), 'updating');
  t.is(await statusOf(api, right), 'running');
});

test.serial('what changed while libvirt was asked is left alone', async (t) => {
  const owner = await ownerOf('stopped');
  // As an operation's end does, between the look at the rows and the answer.
  await watch({
    on: [],
    meanwhile: () => api.models.Hosting.update({ status: 'running' }, { where: { userId: owner.id } }),
  });
  t.is(await statusOf(api, owner), 'running');
});

const startsOf = ({ id }: Account) => api.models.Operation.count({ where: { userId: id, kind: 'start' } });

test.serial('what libvirt could not start with the node is started, if its user wants it on', async (t) => {
  const [unstarted, stopped, suspended, deleted, assumed, hasty] = await Promise.all([
    ownerOf('running'),
    ownerOf('stopped'),
    ownerOf('running'),
    ownerOf('running'),
    ownerOf('running'),
    ownerOf('running'),
  ]);
  const emptied = 'deleted_at = now(), email = NULL, username = NULL, site_name = NULL, password_hash = NULL';
  await api.stores.database.query(`UPDATE users SET ${emptied} WHERE id = $1`, { bind: [deleted.id] });
  await api.models.User.update({ suspendedAt: new Date() }, { where: { id: suspended.id } });
  await api.models.Hosting.update({ powered: false }, { where: { userId: assumed.id } });
  const owners = [unstarted, stopped, suspended, deleted, assumed, hasty];
  const ids = owners.map(({ id }) => id);
  const on = (await api.models.Hosting.findAll()).map(({ userId }) => userId).filter((id) => !ids.includes(id));

  const unguarded: Libvirt = { on, failed: ids, mayStart: false };
  await watch(unguarded);
  t.deepEqual(unguarded.asked?.toSorted(), [unstarted.id, hasty.id].toSorted());
  t.is(await statusOf(api, unstarted), 'running', 'it waits for the rules');
  t.is(await startsOf(unstarted), 0);

  // Its user stops it between the look and the wish.
  const stop = () => api.models.Hosting.update({ status: 'stopped', powered: false }, { where: { userId: hasty.id } });
  await watch({ on, failed: ids, meanwhile: stop });
  t.is(await statusOf(api, unstarted), 'updating');
  t.deepEqual(await Promise.all(owners.map(startsOf)), [1, 0, 0, 0, 0, 0]);
  await watch({ on, failed: ids });
  t.is(await startsOf(unstarted), 1, 'once');
});

test.serial(
  'what libvirt can never start is tried again after a minute, two, four, and told as it is meanwhile',
  async (t) => {
    const owner = await ownerOf('running');
    const { database } = api.stores;
    const on = (await api.models.Hosting.findAll()).map(({ userId }) => userId).filter((id) => id !== owner.id);
    const look = () => watch({ on, failed: [owner.id] });
    /** It fails, and the machine is seen on for a moment. */
    const fail = async () => {
      const { id } = await api.models.Operation.findOne({
        where: { userId: owner.id, state: 'queued' },
        rejectOnEmpty: true,
      });
      await endAsAsked(database, await claim(database, id), { code: 'DEPLOYMENT_FAILED', status: 503, message: 'no' });
    };
    const pass = async (minutes: number) => {
      const later = `ended_at = ended_at - interval '1 minute' * $2`;
      await database.query(`UPDATE operations SET ${later} WHERE user_id = $1`, { bind: [owner.id, minutes] });
    };
    const flicker = () =>
      api.models.Hosting.update({ status: 'running', powered: true }, { where: { userId: owner.id } });
    await look();
    t.is(await startsOf(owner), 1);
    await fail();
    for (const [index, wait] of [1, 2, 4].entries()) {
      await look();
      t.is(await startsOf(owner), index + 1, 'not at once');
      t.is(await statusOf(api, owner), 'stopped');
      await flicker();
      await pass(wait * 0.9);
      await look();
      t.is(await startsOf(owner), index + 1, `not within ${wait} min`);
      await flicker();
      await pass(wait * 0.2);
      await look();
      t.is(await startsOf(owner), index + 2);
      await fail();
    }
  },
);

test.serial(
  'what somebody else saved or woke is asked for as an operation, and a sleeper is not taken for stopped',
  async (t) => {
    const [saved, woken, sleeper] = await Promise.all([ownerOf('running'), ownerOf('asleep'), ownerOf('asleep')]);
    await watch({ on: [woken.id], saved: [saved.id, sleeper.id] });
    t.is(await kindUnderWay(saved), 'sleep');
    t.is(await kindUnderWay(woken), 'wake');
    t.is(await kindUnderWay(sleeper), undefined);
    t.is(await statusOf(api, sleeper), 'asleep');
    // Its memory is lost, and it boots when somebody comes.
    await watch({ on: [], saved: [] });
    t.is(await statusOf(api, sleeper), 'asleep');
  },
);

async function kindUnderWay({ id: userId }: Account): Promise<string | undefined> {
  return (await api.models.Operation.findOne({ where: { userId, state: 'queued' } }))?.kind;
}
