// Operations that need a machine's memory: who is let in, who is put to sleep for that, and what is promised to one alone.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { Admission } from '../../api/jobs/admission.ts';
import { onBehalfOf } from '../../api/audit.ts';
import type { KeptSpace } from '../../api/jobs/spaces.ts';
import type { Hosting } from '../../api/models/hosting.ts';
import type { Claim } from '../../api/operations/claim.ts';
import { requestPower } from '../../api/operations/power.ts';
import { requestWake } from '../../api/operations/sleep.ts';
import { DiskShortError, MemoryShortError } from '../../stacks/errors.ts';
import { machineNames } from '../../programs/names.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { claim, endAsAsked } from '../support/api/operations.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());
test.beforeEach(async () => {
  await api.models.Hosting.destroy({ where: {} });
});

const mebibyte = 2 ** 20;
const { signal } = new AbortController();
const letNext = () => undefined;
const longAgo = () => new Date(Date.now() - 600_000);

interface Node {
  /** MiB that are free, beside the reserve. */
  free: number;
  /** MiB that each machine holds, by its user. */
  held?: Map<number, number>;
  /** Seconds; of all machines alike. */
  idle?: number;
  maySleep?: boolean;
  disk?: KeptSpace;
}

const rows = () => api.models.Hosting.findAll();

/** Not this machine's memory: what is promised and decided counts here. A real node: test/e2e/room.test.ts. */
function admissionOn({ free, held = new Map(), idle = 600, maySleep = true, disk }: Node): Admission {
  const disks = disk ?? { freeBytes: 1e12, totalBytes: 1e12, reserveBytes: 0 };
  const memory = { freeBytes: free * mebibyte, totalBytes: 16e9, reserveBytes: 0 };
  return new Admission({
    database: api.stores.database,
    logger: api.services.logger,
    idleness: { of: (machines) => Promise.resolve(machines.map(() => ({ visited: 0, idle }))) },
    usage: async () =>
      (await rows()).map(({ userId, machineId }) => ({
        vmId: machineNames(machineId).vmId,
        memoryBytes: (held.get(userId) ?? 0) * mebibyte,
      })),
    spaces: () => Promise.resolve({ memory, disk: disks, saved: disks, budget: null }),
    maySleep,
  });
}

/** One that sleeps and is to be woken, by a worker that has just taken that up. */
async function waking(): Promise<Claim> {
  const { id } = await ownerOf(api, 'asleep');
  const operation = await requestWake(api.stores.database, id);
  return claim(api.stores.database, operation?.id ?? '');
}

async function runningSince(startedAt: Date, row: Partial<Pick<Hosting, 'sleep'>> = {}): Promise<number> {
  const { id } = await ownerOf(api, 'running');
  await api.models.Hosting.update({ startedAt, ...row }, { where: { userId: id } });
  return id;
}

/** Whether it was let in. */
const isIn = async ({ operation }: Claim) => (await operation.reload()).admittedAt !== null;

/** How often those who apply have looked in vain. */
class Looks {
  #count = 0;
  readonly note = () => void (this.#count += 1);

  async threeMore(): Promise<void> {
    const enough = this.#count + 3;
    while (this.#count < enough) await delay(20);
  }
}

const hosting = (userId: number) => api.models.Hosting.findByPk(userId, { rejectOnEmpty: true });

test.serial('two at the same moment are not both given memory that only one can have', async (t) => {
  const [here, elsewhere] = [admissionOn({ free: 1_500 }), admissionOn({ free: 1_500 })];
  const [one, two] = [await waking(), await waking()];
  const looks = new Looks();
  const apply = (claim: Claim) => ({ claim, signal, letNext: looks.note });
  const admitted = [here.admit(apply(one)), elsewhere.admit(apply(two))];
  await Promise.race(admitted);
  await looks.threeMore();
  const first = await isIn(one);
  t.is(await isIn(two), !first);
  // What the first was promised is free again when it fails.
  await endAsAsked(api.stores.database, first ? one : two, { code: 'VM_NOT_READY', status: 504, message: 'x' });
  await Promise.all(admitted);
  t.true(await isIn(first ? two : one));
});

test.serial('what was started a moment ago counts whole, and later by what it holds', async (t) => {
  const userId = await runningSince(new Date());
  const held = new Map([[userId, 300]]);
  // It may sleep, but not yet.
  await t.throwsAsync(admissionOn({ free: 1_000, held }).admit({ claim: await waking(), signal, letNext }), {
    instanceOf: MemoryShortError,
  });
  await hosting(userId).then((row) => row.update({ startedAt: longAgo() }));
  await t.notThrowsAsync(
    admissionOn({ free: 1_200, held, maySleep: false }).admit({ claim: await waking(), signal, letNext }),
  );
});

test.serial('what is being restarted counts whole, as it gives its memory back only for a moment', async (t) => {
  const userId = await runningSince(longAgo());
  const node = { free: 1_400, held: new Map([[userId, 300]]) };
  await requestPower(api.stores.database, 'restart', onBehalfOf(userId));
  const looks = new Looks();
  const sleeper = await waking();
  const waits = admissionOn(node).admit({ claim: sleeper, signal, letNext: looks.note });
  await looks.threeMore();
  t.false(await isIn(sleeper));
  const { id } = await api.models.Operation.findOne({ where: { userId, kind: 'restart' }, rejectOnEmpty: true });
  await endAsAsked(api.stores.database, await claim(api.stores.database, id));
  await api.models.Hosting.update({ startedAt: longAgo() }, { where: { userId } });
  await t.notThrowsAsync(waits);
});

test.serial('the one that nobody uses is put to sleep first, and whose user wants it awake is not', async (t) => {
  const idle = await runningSince(longAgo());
  const kept = await runningSince(longAgo(), { sleep: 'never' });
  const held = new Map([
    [idle, 400],
    [kept, 900],
  ]);
  const node = { free: 800, held };
  const room = admissionOn(node);
  const admitted = room.admit({ claim: await waking(), signal, letNext });
  while ((await hosting(idle)).status !== 'updating') await delay(20);
  t.like(await hosting(idle), { asleepReason: 'room' });
  const operation = await api.models.Operation.findOne({ where: { userId: idle, kind: 'sleep' }, rejectOnEmpty: true });
  await endAsAsked(api.stores.database, await claim(api.stores.database, operation.id));
  await t.throwsAsync(
    admissionOn({ ...node, held: new Map([[kept, 900]]) }).admit({ claim: await waking(), signal, letNext }),
  );
  t.like(await hosting(kept), { status: 'running' });
  await t.throwsAsync(admitted, { instanceOf: MemoryShortError }, 'it gave nothing back, here');
});

test.serial('where machines never sleep, or were just used, nobody is put to sleep', async (t) => {
  const userId = await runningSince(longAgo());
  const held = new Map([[userId, 1_100]]);
  for (const node of [{ maySleep: false }, { idle: 59 }]) {
    const room = admissionOn({ free: 100, held, ...node });
    await t.throwsAsync(room.admit({ claim: await waking(), signal, letNext }), { instanceOf: MemoryShortError });
    await room.relieve();
    t.like(await hosting(userId), { status: 'running' });
  }
});

test.serial('where memory runs out by itself, the longest idle sleeps', async (t) => {
  const userId = await runningSince(longAgo());
  await admissionOn({ free: -1, held: new Map([[userId, 300]]) }).relieve();
  t.like(await hosting(userId), { status: 'updating', asleepReason: 'room' });
});

test.serial('one whose sleep has just failed is left alone', async (t) => {
  const userId = await runningSince(longAgo());
  const room = admissionOn({ free: -1, held: new Map([[userId, 300]]) });
  await room.relieve();
  const failed = await api.models.Operation.findOne({ where: { userId, kind: 'sleep' }, rejectOnEmpty: true });
  const error = { code: 'SLEEP_FAILED', status: 503, message: 'x' };
  await endAsAsked(api.stores.database, await claim(api.stores.database, failed.id), error);
  await api.models.Hosting.update({ status: 'running', startedAt: longAgo() }, { where: { userId } });
  await room.relieve();
  t.like(await hosting(userId), { status: 'running' });
});

test.serial('an attempt after one that was let in is promised the memory still', async (t) => {
  const again = await waking();
  await admissionOn({ free: 1_500 }).admit({ claim: again, signal, letNext });
  await t.notThrowsAsync(admissionOn({ free: 0 }).admit({ claim: again, signal, letNext }));
});

test.serial('what could fill a disk is refused in words', async (t) => {
  const room = admissionOn({ free: 0, disk: { freeBytes: 5e9, totalBytes: 100e9, reserveBytes: 4e9 } });
  const { message } = (await t.throwsAsync(room.requireDisk(), { instanceOf: DiskShortError })) ?? {};
  t.regex(message ?? '', /DISK_RESERVE/);
  await t.throwsAsync(room.requireDiskForMemory(), { instanceOf: DiskShortError });
  await t.notThrowsAsync(admissionOn({ free: 0 }).requireDisk());
});
