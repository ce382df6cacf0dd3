// Who waits for a machine that sleeps: one wake for all, none for what is closed, and not more than a client's share.
import { join } from 'node:path';
import test from 'ava';
import { openActivator } from '../../api/activator/server.ts';
import { requestSleep } from '../../api/operations/sleep.ts';
import type { OperationFailure } from '../../api/models/operation.ts';
import { askToWake } from '../support/api/activator.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import type { Account } from '../support/api/calls.ts';
import { ownerOf, SlowWorker, statusOf } from '../support/api/hosting-states.ts';

let api: TestApi;
let socket: string;
let activator: { close: () => Promise<void> };

test.before(async () => {
  api = await startApi({ variables: { LIMIT_WAKES: '2', BOOT_TIMEOUT_SECONDS: '30' } });
  socket = join(api.stores.directory, 'activator.sock');
  activator = await openActivator(api.services, socket);
});
test.after.always(async () => {
  await activator.close();
  await api.stop();
});

async function sleeper(): Promise<Account> {
  const owner = await ownerOf(api, 'asleep');
  const row = { asleepSince: new Date(), asleepReason: 'idle' as const };
  await api.models.Hosting.update(row, { where: { userId: owner.id } });
  return owner;
}

/** Does what a worker does with the next operation of a user, once there is one. */
async function work({ id: userId }: Account, error?: OperationFailure): Promise<void> {
  const where = { userId, state: 'queued' as const };
  while (!(await api.models.Operation.findOne({ where }))) await new Promise((resolve) => setTimeout(resolve, 20));
  await (await SlowWorker.of(api, { id: userId })).end(error);
}

/** Addresses that no other test has. */
let last = 0;
const newAddress = () => `198.51.100.${++last}`;
const wakes = ({ id: userId }: Account) => api.models.Operation.count({ where: { userId, kind: 'wake' } });

test('forty who come at once are one wake, and answered when the machine does', async (t) => {
  const owner = await sleeper();
  const asked = Array.from({ length: 40 }, () => askToWake(socket, owner.id, newAddress()));
  const working = work(owner);
  t.deepEqual(new Set((await Promise.all(asked)).map(({ status }) => status)), new Set([204]));
  await working;
  t.is(await wakes(owner), 1);
  t.is(await statusOf(api, owner), 'running');
});

test('what does not sleep is let through at once, whatever it is else', async (t) => {
  for (const status of ['running', 'stopped', 'updating', 'failed'] as const) {
    const owner = await ownerOf(api, status);
    t.is((await askToWake(socket, owner.id)).status, 204, status);
    t.is(await wakes(owner), 0);
  }
});

test('nobody wakes what is closed, is being deleted, or is not there', async (t) => {
  const suspended = await sleeper();
  await api.models.User.update({ suspendedAt: new Date() }, { where: { id: suspended.id } });
  for (const owner of [suspended, await ownerOf(api, 'suspended'), await ownerOf(api, 'deleting')]) {
    t.is((await askToWake(socket, owner.id)).status, 404);
    t.is(await wakes(owner), 0);
  }
  for (const id of [99_999_999, 0, '1/../2', '']) t.is((await askToWake(socket, id)).status, 404, String(id));
});

test('who comes while it falls asleep waits until it has, and is woken for', async (t) => {
  const owner = await ownerOf(api, 'running');
  await requestSleep(api.stores.database, owner.id, 'idle');
  const falling = await SlowWorker.of(api, owner);
  const asked = askToWake(socket, owner.id);
  // No answer comes for as long as one would take.
  const soon = new Promise((resolve) => setTimeout(resolve, 200, 'waits'));
  t.is(await Promise.race([asked, soon]), 'waits');
  await falling.end();
  await work(owner);
  t.is((await asked).status, 204);
  t.is(await wakes(owner), 1);
});

test('a wake that fails is told, and not tried again at once', async (t) => {
  const owner = await sleeper();
  const asked = askToWake(socket, owner.id, newAddress());
  await work(owner, { code: 'LIBVIRT_UNAVAILABLE', status: 503, message: 'x' });
  const { status, retryAfter } = await asked;
  t.is(status, 503);
  t.true(retryAfter !== null && retryAfter > 0);
  t.is((await askToWake(socket, owner.id, newAddress())).status, 503);
  t.is(await wakes(owner), 1);
});

test('who cannot be woken for want of memory is told so', async (t) => {
  const owner = await sleeper();
  const asked = askToWake(socket, owner.id, newAddress());
  await work(owner, { code: 'MEMORY_SHORT', status: 503, message: 'x' });
  t.deepEqual(await asked, { status: 507, retryAfter: 30 });
});

test('one address wakes no more than its share; forty files of a page count once, and who joins others does not', async (t) => {
  const [address, other] = [newAddress(), newAddress()];
  for (let count = 0; count < 2; count++) {
    const owner = await sleeper();
    const asked = Array.from({ length: 40 }, () => askToWake(socket, owner.id, address));
    const working = work(owner);
    t.deepEqual(new Set((await Promise.all(asked)).map(({ status }) => status)), new Set([204]));
    await working;
  }
  const owner = await sleeper();
  const refused = await askToWake(socket, owner.id, address);
  t.is(refused.status, 429);
  t.true(refused.retryAfter !== null && refused.retryAfter > 3_000);
  t.is(await wakes(owner), 0);
  const asked = askToWake(socket, owner.id, other);
  while ((await wakes(owner)) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const joining = askToWake(socket, owner.id, address);
  await work(owner);
  t.deepEqual([(await asked).status, (await joining).status], [204, 204]);
});

test('who waits when the api stops is told so', async (t) => {
  const owner = await sleeper();
  const own = join(api.stores.directory, 'stopping.sock');
  const stopping = await openActivator(api.services, own);
  const asked = askToWake(own, owner.id, newAddress());
  while ((await wakes(owner)) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await stopping.close();
  t.is((await asked).status, 503);
});
