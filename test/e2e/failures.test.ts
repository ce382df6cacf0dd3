// What goes wrong around a create: a clear error, nothing left behind, and the next attempt works.
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { machineOf } from '../support/api/machine.ts';
import { type TestUser, type Reply, signUp, untilStep } from '../support/installation/user.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { whatIsLeft } from '../support/installation/leftovers.ts';
import { run, runAsOperator, virsh } from '../support/run.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();

/** The failed reply says what is wrong, and nothing remains. */
async function assertUndone(
  t: ExecutionContext<TestInstallation>,
  user: TestUser,
  reply: Reply,
  code: string,
): Promise<void> {
  t.is(reply.body.error?.code, code, JSON.stringify(reply.body));
  t.true(reply.status === 503 || reply.status === 504);
  t.truthy(reply.headers.get('retry-after'));
  t.truthy(reply.body.error?.details.reason);
  t.deepEqual(await whatIsLeft(t.context, user.userId), []);
  t.is((await user.call('GET', '/host/my')).status, 404);
}

async function assertNextAttemptWorks(t: ExecutionContext<TestInstallation>, user: TestUser): Promise<void> {
  const created = await user.call('POST', '/host');
  t.is(created.status, 201, JSON.stringify(created.body));
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  t.deepEqual(await whatIsLeft(t.context, user.userId, created.body.data.hosting.ssh_port), []);
}

test.serial('the base image is missing', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const pool = `webhoster-${t.context.node}`;
  const image = (await virsh('vol-list', '--pool', pool)).match(/guest-\S+\.qcow2/)?.[0] ?? '';
  await virsh('vol-delete', image, '--pool', pool);
  await assertUndone(t, user, await user.call('POST', '/host'), 'BASE_IMAGE_MISSING');
  await runAsOperator(t.context, 'scripts/node/prepare-node.sh');
  await assertNextAttemptWorks(t, user);
});

test.serial('the proxy cannot read what is written for it', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const folder = join(t.context.directory, 'proxy/sites/ids');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  await assertUndone(t, user, await user.call('POST', '/host'), 'SITE_REFUSED');
  chmodSync(folder, 0o755);
  await assertNextAttemptWorks(t, user);
});

test.serial('libvirtd is down', async (t) => {
  t.timeout(600_000);
  const { relay } = t.context;
  const user = await signUp(t.context.url);
  const assertUnavailable = ({ error }: { error?: { code: string } | null }) =>
    t.is(error?.code, 'LIBVIRT_UNAVAILABLE', JSON.stringify(error));
  await relay.cut();
  t.teardown(() => relay.open());
  const reply = await user.call('POST', '/host');
  assertUnavailable(reply.body);
  t.is(reply.status, 503);
  // It was not begun.
  t.is((await user.call('GET', '/host/my')).status, 404);

  await relay.open();
  const accepted = await user.call('POST', '/host', { headers: { prefer: 'respond-async' } });
  const { id } = accepted.body.data.operation;
  await untilStep(user, id, 'disk');
  await relay.cut();
  await user.call('GET', `/operations/${id}/events`);
  assertUnavailable((await user.call('GET', `/operations/${id}`)).body.data.operation);
  // What is left cannot be looked for, so the row stays to say so.
  t.is((await user.call('GET', '/host/my')).body.data.hosting.status, 'failed');
  t.is((await user.call('DELETE', '/host/my')).status, 503);
  await relay.open();
  await assertNextAttemptWorks(t, user);
});

test.serial('another program has the port: the hosting gets another one, if there is any', async (t) => {
  t.timeout(600_000);
  const { SSH_PORT_FIRST, SSH_PORT_LAST } = t.context.installation.environment;
  const [taken, free] = [Number(SSH_PORT_FIRST), Number(SSH_PORT_FIRST) + 1];
  // The proxy has them all, but for those that another program has when it starts.
  const [proxy] = t.context.installation.named('proxy');
  await proxy?.kill('SIGTERM');
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  await t.context.installation.untilHealthy();
  // So that this one is drawn.
  await usePorts(t, 'api', [taken, taken]);
  await usePorts(t, 'worker', [taken, taken]);
  const user = await signUp(t.context.url);
  await assertUndone(t, user, await user.call('POST', '/host'), 'SSH_PORT_TAKEN');

  await usePorts(t, 'worker', [taken, free]);
  const created = await user.call('POST', '/host');
  t.is(created.status, 201, JSON.stringify(created.body));
  t.not(created.body.data.hosting.ssh_port, taken);
  await once(other.close(), 'close');
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  const all = [Number(SSH_PORT_FIRST), Number(SSH_PORT_LAST)] as [number, number];
  await usePorts(t, 'worker', all);
  await usePorts(t, 'api', all);
});

test.serial('one hosting uses the range of ports up', async (t) => {
  t.timeout(600_000);
  const { SSH_PORT_FIRST, SSH_PORT_LAST } = t.context.installation.environment;
  const port = Number(SSH_PORT_FIRST) + 2;
  await usePorts(t, 'api', [port, port]);
  const user = await signUp(t.context.url);
  t.is((await user.call('POST', '/host')).status, 201);
  const second = await signUp(t.context.url);
  const refused = await second.call('POST', '/host');
  t.is(refused.status, 503);
  t.is(refused.body.error?.code, 'NO_ROOM');
  t.truthy(refused.headers.get('retry-after'));
  t.deepEqual(await whatIsLeft(t.context, second.userId), []);
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  await assertNextAttemptWorks(t, second);
  await usePorts(t, 'api', [Number(SSH_PORT_FIRST), Number(SSH_PORT_LAST)]);
});

/** Has processes of an installation begin anew with another range of ports. */
async function usePorts(
  { context: { installation } }: ExecutionContext<TestInstallation>,
  name: 'api' | 'worker',
  range: [first: number, last: number],
): Promise<void> {
  const [SSH_PORT_FIRST, SSH_PORT_LAST] = range.map(String);
  Object.assign(installation.environment, { SSH_PORT_FIRST, SSH_PORT_LAST });
  await Promise.all(installation.named(name).map((one) => one.kill('SIGTERM')));
  await installation.untilHealthy();
}

test.serial('a VM never answers', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const image =
    (await run('scripts/images/build-guest-image.sh', [], { timeout: 600_000 })).stdout.trim().split('\n').at(-1) ?? '';
  const broken = join(t.context.directory, 'broken-image');
  cpSync(image, broken, { recursive: true });
  const description = JSON.parse(readFileSync(join(image, 'image.json'), 'utf8')) as { id: string; cmdline: string };
  const stuck = {
    ...description,
    id: `${description.id}-stuck`,
    // A kernel that tells what it does, and a first program that does nothing.
    cmdline: `${description.cmdline.replace(' quiet loglevel=5', ' loglevel=7')} init=/bin/cat`,
  };
  writeFileSync(join(broken, 'image.json'), JSON.stringify(stuck));
  const { environment } = t.context.installation;
  environment['BOOT_TIMEOUT_SECONDS'] = '15';
  await t.context.installation.prepareNode({ GUEST_IMAGE_DIR: broken });
  await t.context.installation.restartWorkers();
  const reply = await user.call('POST', '/host');
  await assertUndone(t, user, reply, 'VM_NOT_READY');
  t.is(reply.status, 504);
  t.is(reply.body.error?.details.step, 'web');
  t.regex(reply.body.error?.details.console.join('\n') ?? '', /Run \/bin\/cat as init/);
  delete environment['BOOT_TIMEOUT_SECONDS'];
  await t.context.installation.prepareNode();
  await t.context.installation.restartWorkers();
  await assertNextAttemptWorks(t, user);
});

test.serial('a VM stops while it boots', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const accepted = await user.call('POST', '/host', { headers: { prefer: 'respond-async' } });
  const { id } = accepted.body.data.operation;
  await untilStep(user, id, 'web');
  await virsh('destroy', (await machineOf(t.context.database, user.userId)).vmId);
  const { text } = await user.call('GET', `/operations/${id}/events`);
  t.regex(text, /"state":"failed"/);
  const { error } = (await user.call('GET', `/operations/${id}`)).body.data.operation;
  t.is(error?.code, 'VM_NOT_READY');
  t.regex(error?.message ?? '', /stopped/);
  t.deepEqual(await whatIsLeft(t.context, user.userId), []);
});
