// Power, keys and suspension on a real VM: what the user asked for holds, and Pulumi's view with it.
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { hostingStack } from '../../programs/names.ts';
import { machineUsage } from '../../stacks/libvirt/machine-usage.ts';
import { asRoot, makeKey, ssh } from '../support/guest/guest.ts';
import { pretendKeys } from './hostile-agent.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { answers } from '../support/installation/leftovers.ts';
import { runAsOperator, virsh } from '../support/run.ts';
import { type Reply, signUp, type TestUser } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();

let user: TestUser;
let sshPort: number;
let vmId: string;
let keys: { file: string; publicKey: string }[];

const page = () => fetch(siteUrl, { signal: AbortSignal.timeout(10_000) });
let siteUrl: string;

async function domainState(): Promise<string> {
  return (await virsh('domstate', vmId)).trim();
}

/** What Pulumi's state says of the VM, and how many changes a look at what is there finds in it. */
async function pulumiView({
  context,
}: ExecutionContext<TestInstallation>): Promise<{ running: unknown; drift: unknown }> {
  const stack = hostingStack(user.userId);
  const { stdout } = await runAsOperator(context, 'scripts/pulumi.sh', ['stack', 'export', '--stack', stack]);
  const state = JSON.parse(stdout) as {
    deployment: { resources: { type: string; outputs?: { running?: unknown } }[] };
  };
  const domain = state.deployment.resources.find(({ type }) => type === 'libvirt:index/domain:Domain');
  const { stdout: preview } = await runAsOperator(context, 'scripts/pulumi.sh', [
    ...['refresh', '--preview-only', '--json', '--non-interactive', '--stack', stack],
  ]);
  const { changeSummary = {} } = JSON.parse(preview) as { changeSummary?: Record<string, number> };
  return { running: domain?.outputs?.running, drift: changeSummary['update'] ?? 0 };
}

/** Waits until the user's latest operation has ended. */
async function latestEnded(): Promise<{ kind: string; state: string }> {
  for (;;) {
    const { body } = await user.call('GET', '/operations');
    const [latest] = body.data.operations;
    if (latest && !['queued', 'running'].includes(latest.state)) return latest;
    await delay(200);
  }
}

async function untilStatus(status: string): Promise<Reply> {
  for (;;) {
    const shown = await user.call('GET', '/host/my');
    if (shown.body.data.hosting.status === status) return shown;
    await delay(200);
  }
}

test.serial.before(async (t) => {
  t.timeout(600_000);
  const { context } = t;
  user = await signUp(context.url);
  siteUrl = `${context.url}/${user.userId}/`;
  keys = ['first', 'second'].map((name) => makeKey(context.directory, name));
  const created = await user.call('POST', '/host', { body: { ssh_public_keys: [keys[0]?.publicKey] } });
  t.is(created.status, 201, created.text);
  ({ ssh_port: sshPort, vm_id: vmId } = created.body.data.hosting);
});

test.serial('what a machine uses of the node is told', async (t) => {
  t.timeout(600_000);
  const look = async () => (await machineUsage('qemu:///system')).find((machine) => machine.vmId === vmId);
  let own = await look();
  // One that libvirt is busy with, as somebody else asks after it, is left out of a look.
  for (; !own; own = await look()) await delay(500);
  t.true(own.memoryBytes > 1e8 && own.processorSeconds > 0.5 && own.diskBytes > 1e5, JSON.stringify(own));
});

const login = (index: number, command = 'hostname') => ssh(sshPort, { key: keys[index]?.file ?? '' }, command);

/** SSH may come after the page, by which a start is proven. */
async function untilLogin(): Promise<void> {
  const deadline = Date.now() + 240_000;
  while ((await login(0).catch(() => '')) === '') {
    if (Date.now() > deadline) throw new Error('SSH does not come.');
    await delay(200);
  }
}

test.serial('a key reaches the running machine, and is taken away from it', async (t) => {
  t.timeout(600_000);
  await t.throwsAsync(login(1));
  const added = await user.call('POST', '/host/my/ssh-keys', { body: { public_key: keys[1]?.publicKey } });
  t.is(added.status, 201, added.text);
  t.like(await latestEnded(), { kind: 'keys', state: 'succeeded' });
  await t.notThrowsAsync(login(1));
  // What the user wrote there by hand is the user's, and a changed comment does not save a key.
  await login(0, `sed -i 's/ me@laptop$/ renamed/; $a # mine' ~/.ssh/authorized_keys`);
  const removed = await user.call('DELETE', `/host/my/ssh-keys/${added.body.data.ssh_key.id}`);
  t.is(removed.status, 200, removed.text);
  t.like(await latestEnded(), { kind: 'keys', state: 'succeeded' });
  await t.throwsAsync(login(1));
  t.is((await login(0, 'tail -n 1 ~/.ssh/authorized_keys')).trim(), '# mine');
  t.is((await user.call('GET', '/host/my/ssh-keys')).body.data.ssh_keys.length, 1);
});

test.serial('a machine that was made with a key is given a password, and then another one', async (t) => {
  t.timeout(600_000);
  const given = await user.call('POST', '/host/my/password');
  t.is(given.status, 200, given.text);
  const first: string = given.body.data.ssh_password;
  t.is((await ssh(sshPort, { password: first }, 'hostname')).trim(), vmId);
  const again = await user.call('POST', '/host/my/password');
  t.is(again.status, 200, again.text);
  await t.notThrowsAsync(ssh(sshPort, { password: again.body.data.ssh_password }, 'hostname'));
  await t.throwsAsync(ssh(sshPort, { password: first }, 'hostname'), undefined, 'the one before');
  await t.notThrowsAsync(login(0), 'keys go on to work');
  t.true((await user.call('GET', '/host/my')).body.data.hosting.has_password);
});

test.serial('a machine whose agent is away does not take keys, and says what to do', async (t) => {
  t.timeout(600_000);
  await login(0, 'sudo systemctl stop qemu-guest-agent');
  await user.call('POST', '/host/my/ssh-keys', { body: { public_key: keys[1]?.publicKey } });
  const failed = await latestEnded();
  t.like(failed, { kind: 'keys', state: 'failed', error: { code: 'AGENT_UNREACHABLE' } });
  t.is((await untilStatus('running')).status, 200);
  const [, pending] = (await user.call('GET', '/host/my/ssh-keys')).body.data.ssh_keys;
  t.like(pending, { state: 'pending' });
});

test.serial('stopped: off, for Pulumi too, and off it stays; started: on, with the keys that waited', async (t) => {
  t.timeout(600_000);
  const stopped = await user.call('POST', '/host/my/stop');
  t.is(stopped.status, 200, stopped.text);
  t.like(stopped.body.data.hosting, { status: 'stopped', started_at: null });
  t.is(await domainState(), 'shut off');
  t.deepEqual(await pulumiView(t), { running: false, drift: 0 });
  t.is((await page()).status, 502);
  t.is((await user.call('POST', '/host/my/stop')).body.error?.code, 'HOSTING_STATE');

  const started = await user.call('POST', '/host/my/start');
  t.is(started.status, 200, started.text);
  t.is(started.body.data.hosting.status, 'running');
  t.deepEqual(await pulumiView(t), { running: true, drift: 0 });
  await untilLogin();
  await t.notThrowsAsync(login(1), 'the key that waited');
});

test.serial('restarted, it is another run of the same machine', async (t) => {
  t.timeout(600_000);
  const bootOf = () => login(0, 'cat /proc/sys/kernel/random/boot_id');
  const before = await bootOf();
  const restarted = await user.call('POST', '/host/my/restart');
  t.is(restarted.status, 200, restarted.text);
  await untilLogin();
  t.not(await bootOf(), before);
  t.deepEqual(await pulumiView(t), { running: true, drift: 0 });
});

test.serial('switched off from within, it counts as stopped, and starts again', async (t) => {
  t.timeout(600_000);
  await untilLogin();
  await login(0, 'sudo systemctl poweroff').catch(() => undefined); // The connection goes with it.
  t.is((await untilStatus('stopped')).body.data.hosting.started_at, null);
  t.is((await user.call('POST', '/host/my/start')).status, 200);
  await untilLogin();
  t.deepEqual(await pulumiView(t), { running: true, drift: 0 });
});

test.serial('a machine whose root lies to us is asked a hundred times, and no more', async (t) => {
  t.timeout(600_000);
  const root = (script: string) => asRoot(sshPort, { key: keys[0]?.file ?? '' }, script);
  const removals = async () => Number(await root('grep -c remove-authorized-keys /root/asked'));
  const removePretended = async (name: string, lines: number) => {
    const { publicKey } = makeKey(t.context.directory, name);
    const added = await user.call('POST', '/host/my/ssh-keys', { body: { public_key: publicKey } });
    t.like(await latestEnded(), { kind: 'keys', state: 'succeeded' }, added.text);
    await root(pretendKeys(publicKey, lines));
    await user.call('DELETE', `/host/my/ssh-keys/${added.body.data.ssh_key.id}`);
    return latestEnded();
  };
  t.like(await removePretended('third', 100), { kind: 'keys', state: 'succeeded' });
  t.is(await removals(), 100);
  t.like(await removePretended('fourth', 101), { kind: 'keys', state: 'failed', error: { code: 'AGENT_UNREACHABLE' } });
  t.is(await removals(), 100);
});

test.serial('suspended: a page says so, SSH is shut, the machine is off; resumed: all is back', async (t) => {
  t.timeout(600_000);
  const operator = await signUp(t.context.url);
  const email = `${operator.username}@example.com`;
  await runAsOperator(t.context, 'scripts/make-operator.sh', [email]);
  const suspended = await operator.call('POST', `/admin/users/${user.userId}/suspend`);
  t.is(suspended.status, 200, suspended.text);
  const ended = async () => {
    const { body } = await operator.call('GET', `/admin/operations?user_id=${user.userId}`);
    return ['succeeded', 'failed'].includes(body.data.operations[0]?.state ?? '') ? body.data.operations[0] : null;
  };
  let operation;
  while (!(operation = await ended())) await delay(200);
  t.like(operation, { kind: 'suspend', state: 'succeeded' });
  t.is(await domainState(), 'shut off');
  const closed = await page();
  t.is(closed.status, 403);
  t.regex(await closed.text(), /This site is suspended/);
  t.false(await answers(sshPort));

  const resumed = await operator.call('POST', `/admin/users/${user.userId}/resume`);
  t.like(resumed.body.data.operation, { kind: 'resume' });
  while (!(operation = await ended())) await delay(200);
  t.like(operation, { kind: 'resume', state: 'succeeded' });
  await untilLogin();
  while ((await page()).status !== 200) await delay(200);
  t.deepEqual(await pulumiView(t), { running: true, drift: 0 });
});
