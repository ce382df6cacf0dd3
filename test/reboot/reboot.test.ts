// A power cut of the machine, as far as one can have it without one: everything that is only in memory is gone. Alone on
// the machine, because libvirtd ends and starts anew.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { nodeNames } from '../../programs/names.ts';
import { slotOf } from '../../programs/slots.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { run, virsh } from '../support/run.ts';
import { type Reply, signUp, type TestUser } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

// The guard does not look again meanwhile: what is in force, libvirt's hook has loaded.
const test = withInstallation({ variables: { GUARD_INTERVAL_SECONDS: '3600' } });

const nft = '/usr/sbin/nft';
const families = ['bridge', 'arp', 'inet'];

async function page(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  return `${response.status} ${await response.text()}`;
}

/** Processes of this machine, and of no other within it. */
const ours = ['--ns', String(process.pid), '--nslist', 'pid'];

/** Ends processes by their name and waits for that. */
async function end(signal: string, ...pattern: string[]): Promise<void> {
  // It fails where there is none.
  const { stdout } = await run('pgrep', [...ours, ...pattern]).catch(() => ({ stdout: '' }));
  for (const id of stdout.split('\n').filter(Boolean)) {
    await run('kill', [`-${signal}`, id]);
    await run('tail', ['--pid', id, '--follow', '/dev/null'], { timeout: 60_000 });
  }
}

async function cutPower(node: string, vmId: string): Promise<void> {
  const { network, bridge } = nodeNames(node);
  // First of all: as long as it tells that a VM went off, that counts as its user's doing.
  await end('TERM', '--exact', 'libvirtd');
  await end('KILL', '--full', `[g]uest=${vmId},`);
  await end('TERM', '--exact', 'virtlogd');
  await run('ip', ['link', 'delete', bridge]);
  for (const family of families) await run(nft, ['delete', 'table', family, network]);
  for (const file of [`network/${network}.xml`, 'network/autostarted', `qemu/${vmId}.xml`, 'qemu/autostarted'])
    rmSync(`/run/libvirt/${file}`, { force: true });
}

let user: TestUser;
let hosting: Reply['body']['data']['hosting'];
let site: string;
let key: string;

test.serial.before(async (t) => {
  t.timeout(600_000);
  user = await signUp(t.context.url);
  const made = makeKey(t.context.directory);
  key = made.file;
  const created = await user.call('POST', '/host', { body: { ssh_public_keys: [made.publicKey] } });
  t.is(created.status, 201, created.text);
  ({ hosting, web_url: site } = created.body.data);
});

/** The SSH server of a machine that boots comes after its page. */
async function untilBack(t: ExecutionContext): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await page(site).catch(() => '')).startsWith('200')) t.true(Date.now() < deadline, 'the site is back');
  const hostname = () => ssh(hosting.ssh_port, { key }, 'hostname').catch(() => '');
  while ((await hostname()) !== `${hosting.vm_id}\n`) t.true(Date.now() < deadline, 'SSH is back');
}

const portOfMachine = () => slotOf(hosting.vm_ip, 24).port;

test.serial('after a restart VMs and sites are back, behind the rules that keep them apart', async (t) => {
  t.timeout(600_000);
  await ssh(hosting.ssh_port, { key }, 'echo mine > /var/www/html/index.html; sync');

  await cutPower(t.context.node, hosting.vm_id);
  t.notRegex(await page(site), /^200/);

  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  t.regex(await virsh('net-list', '--name'), new RegExp(`^webhoster-${t.context.node}$`, 'm'));
  for (const family of families)
    await t.notThrowsAsync(run(nft, ['list', 'table', family, `webhoster-${t.context.node}`]));
  await untilBack(t);
  t.is(await page(site), '200 mine\n');
});

test.serial('a machine that libvirt cannot start with the node is started all the same', async (t) => {
  t.timeout(600_000);
  await cutPower(t.context.node, hosting.vm_id);
  // Somebody else's, as far as libvirt can tell.
  await run('ip', ['link', 'add', portOfMachine(), 'type', 'bridge']);
  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  while ((await virsh('domstate', '--reason', hosting.vm_id)).trim() !== 'shut off (failed)') await delay(200);
  await run('ip', ['link', 'delete', portOfMachine()]);
  await untilBack(t);
  const [latest] = (await user.call('GET', '/operations')).body.data.operations;
  t.is(latest?.kind, 'start');
  const status = async () => (await user.call('GET', '/host/my')).body.data.hosting.status;
  while ((await status()) === 'updating') await delay(200);
  t.is(await status(), 'running');
});

/** All rules of this machine, but for counts and what is of the moment. */
async function allRules(): Promise<string> {
  const { stdout } = await run(nft, ['--stateless', '--terse', 'list', 'ruleset']);
  return stdout;
}

test.serial('the start of a machine changes no rule; then all of it goes', async (t) => {
  t.timeout(600_000);
  t.is((await user.call('POST', '/host/my/stop')).status, 200);
  const before = await allRules();
  const started = await user.call('POST', '/host/my/start');
  t.is(started.status, 200, started.text);
  t.is(await allRules(), before);
  t.is((await virsh('domiflist', hosting.vm_id)).trim().split(/\s+/)[0], portOfMachine());
  t.is((await user.call('DELETE', '/host/my')).status, 200);
});
