// A power cut of the machine, as far as one can have it without one: everything that is only in memory is gone. Alone on
// the machine, because libvirtd ends and starts anew.
import { randomUUID } from 'node:crypto';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { nodeNames } from '../../programs/names.ts';
import { type BusyFirewall, installBusyFirewall } from './busy-firewall.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { run, virsh } from '../support/run.ts';
import { type Reply, signUp, type TestUser } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

// The guard does not look again meanwhile: what is in force, libvirt's hook has loaded.
const test = withInstallation({ variables: { GUARD_INTERVAL_SECONDS: '3600' } });

const nft = '/usr/sbin/nft';
/** Where libvirtd keeps which port has which filter. */
const bindings = '/run/libvirt/nwfilter-binding';

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
  await run(nft, ['delete', 'table', 'inet', network]);
  for (const file of [`network/${network}.xml`, 'network/autostarted', `qemu/${vmId}.xml`, 'qemu/autostarted'])
    rmSync(`/run/libvirt/${file}`, { force: true });
  for (const file of globSync(`${bindings}/*.xml`))
    if (readFileSync(file, 'utf8').includes(`<name>${vmId}</name>`)) rmSync(file);
}

/** As a VM leaves it that ended while libvirtd did not run, here on the port that libvirtd gives the next VM. @returns which */
function leaveBinding(): string {
  const ports = globSync('/sys/class/net/vnet*').map((path) => Number(/\d+$/.exec(path)?.[0]));
  const port = `vnet${Math.max(-1, ...ports) + 1}`;
  writeFileSync(
    `${bindings}/${port}.xml`,
    `<filterbindingstatus><filterbinding>
      <owner><name>vm-gone</name><uuid>${randomUUID()}</uuid></owner>
      <portdev name='${port}'/><mac address='52:54:00:00:00:01'/><filterref filter='clean-traffic'/>
    </filterbinding></filterbindingstatus>`,
  );
  return port;
}

let user: TestUser;
let hosting: Reply['body']['data']['hosting'];
let site: string;
let key: string;
let firewall: BusyFirewall;

test.serial.before(async (t) => {
  firewall = await installBusyFirewall();
  user = await signUp(t.context.url);
});

test.serial.after.always(() => (firewall as Partial<BusyFirewall> | undefined)?.remove?.());

/** The SSH server of a machine that boots comes after its page. */
async function untilBack(t: ExecutionContext): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await page(site).catch(() => '')).startsWith('200')) t.true(Date.now() < deadline, 'the site is back');
  const hostname = () => ssh(hosting.ssh_port, { key }, 'hostname').catch(() => '');
  while ((await hostname()) !== `${hosting.vm_id}\n`) t.true(Date.now() < deadline, 'SSH is back');
}

test.serial('a machine is made though the rules of the node are being changed', async (t) => {
  t.timeout(600_000);
  const made = makeKey(t.context.directory);
  key = made.file;
  firewall.failOnce();
  const created = await user.call('POST', '/host', { body: { ssh_public_keys: [made.publicKey] } });
  t.is(created.status, 201, created.text);
  t.true(firewall.failed());
  ({ hosting, web_url: site } = created.body.data);
});

test.serial('after a restart VMs and sites are back, behind the rules that keep them apart', async (t) => {
  t.timeout(600_000);
  await ssh(hosting.ssh_port, { key }, 'echo mine > /var/www/html/index.html; sync');

  await cutPower(t.context.node, hosting.vm_id);
  t.notRegex(await page(site), /^200/);

  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  t.regex(await virsh('net-list', '--name'), new RegExp(`^webhoster-${t.context.node}$`, 'm'));
  await t.notThrowsAsync(run(nft, ['list', 'table', 'inet', `webhoster-${t.context.node}`]));
  await untilBack(t);
  t.is(await page(site), '200 mine\n');
});

test.serial('a machine that libvirt cannot start with the node is started all the same', async (t) => {
  t.timeout(600_000);
  await cutPower(t.context.node, hosting.vm_id);
  const port = leaveBinding();
  t.teardown(() => virsh('nwfilter-binding-delete', port));
  firewall.failOnce();
  await run('scripts/start-libvirt.sh', [], { timeout: 500_000 });
  await untilBack(t);
  t.true(firewall.failed());
  const [latest] = (await user.call('GET', '/operations')).body.data.operations;
  t.is(latest?.kind, 'start');
  const status = async () => (await user.call('GET', '/host/my')).body.data.hosting.status;
  while ((await status()) === 'updating') await delay(200);
  t.is(await status(), 'running');
});

test.serial('a machine is started by its user though the rules are being changed; then all of it goes', async (t) => {
  t.timeout(600_000);
  t.is((await user.call('POST', '/host/my/stop')).status, 200);
  firewall.failOnce();
  const started = await user.call('POST', '/host/my/start');
  t.is(started.status, 200, started.text);
  t.true(firewall.failed());
  t.is((await user.call('DELETE', '/host/my')).status, 200);
});
