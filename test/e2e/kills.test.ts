// A change that was acknowledged survives a kill -9 of any process, at any moment.
import type { ExecutionContext } from 'ava';
import type { TestInstallation } from '../support/installation/installation.ts';
import { whatIsLeft } from '../support/installation/leftovers.ts';
import { virsh } from '../support/run.ts';
import { machineOf } from '../support/api/machine.ts';
import { signUp, type TestUser, untilStep } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation({ workers: 2 });

interface Event {
  attempt: number;
  state: string;
  at: number;
}

/** The events of an operation that has ended. */
async function history({ context }: ExecutionContext<TestInstallation>, id: string): Promise<Event[]> {
  const [rows] = await context.database.query(
    'SELECT attempt, state, extract(epoch FROM created_at)::float AS at FROM operation_events WHERE operation_id = $1 ORDER BY id',
    { bind: [id] },
  );
  return rows as Event[];
}

async function kill({ context }: ExecutionContext<TestInstallation>, ...names: string[]): Promise<number> {
  const services = names.flatMap((name) => context.installation.named(name));
  await Promise.all(services.map((service) => service.kill('SIGKILL')));
  return Date.now() / 1000;
}

async function create(t: ExecutionContext<TestInstallation>, user: TestUser): Promise<string> {
  const accepted = await user.call('POST', '/host', { headers: { prefer: 'respond-async' } });
  t.is(accepted.status, 202, JSON.stringify(accepted.body));
  return accepted.body.data.operation.id;
}

/** Waits for an operation to end, over as many event streams as that takes. */
async function untilEnded(user: TestUser, id: string): Promise<string> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const stream = await user.call('GET', `/operations/${id}/events`).catch(() => undefined);
    const state = /"state":"(succeeded|failed)"/.exec(stream?.text ?? '')?.[1];
    if (state) return state;
    if (Date.now() > deadline) throw new Error(`The operation did not end: ${stream?.text}`);
  }
}

test.serial('every worker dies while a VM is being made: another takes the create up within a minute', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const id = await create(t, user);
  await untilStep(user, id, 'boot');
  const killed = await kill(t, 'worker');
  t.is(await untilEnded(user, id), 'succeeded');
  const events = await history(t, id);
  const takenUp = events.find(({ attempt }) => attempt === 2)?.at ?? Infinity;
  t.log(`taken up after ${(takenUp - killed).toFixed(1)} s`);
  t.true(takenUp - killed < 60);
  t.is((await user.call('GET', '/host/my')).body.data.hosting.status, 'running');
});

test.serial('api, queue and database die while a VM boots: the create is finished', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const id = await create(t, user);
  await untilStep(user, id, 'web');
  await kill(t, 'api', 'redis', 'postgres');
  await t.context.installation.untilHealthy();
  t.is(await untilEnded(user, id), 'succeeded');
  const page = await fetch(`${t.context.url}/${user.userId}/`);
  t.is(page.status, 200);
});

test.serial('the workers die while a VM is being deleted: the delete is finished', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  t.is((await user.call('POST', '/host')).status, 201);
  const removed = await user.call('DELETE', '/host/my', { headers: { prefer: 'respond-async' } });
  const { id } = removed.body.data.operation;
  const { vmId } = await machineOf(t.context.database, user.userId);
  const deadline = Date.now() + 60_000;
  // Between the end of the domain and that of the stack.
  while ((await virsh('list', '--name')).includes(vmId)) t.true(Date.now() < deadline, 'the domain does not end');
  await kill(t, 'worker');
  t.is(await untilEnded(user, id), 'succeeded');
  t.deepEqual(await whatIsLeft(t.context, user.userId), []);
});
