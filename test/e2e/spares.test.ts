// Machines that are made before they have a user, and what a user finds who is given one.
import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { machineNames, spareStack } from '../../programs/names.ts';
import { inPulumiState } from '../support/engine/state.ts';
import { ssh } from '../support/guest/guest.ts';
import { stackNames, whatIsLeft } from '../support/installation/leftovers.ts';
import { makeOwner, type Owner, untilSpare } from '../support/installation/spares.ts';
import { signUp } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';
import { virsh } from '../support/run.ts';

const test = withInstallation({
  workers: 2,
  variables: { SPARES_MIN: '1', SPARES_MAX: '1', BOOT_TIMEOUT_SECONDS: '600' },
});
/** What tells one machine from another, and must be of no other. */
const identities = {
  'machine id': 'cat /etc/machine-id',
  'host key': 'cat /etc/ssh/ssh_host_ed25519_key.pub',
  'boot id': 'cat /proc/sys/kernel/random/boot_id',
  'instance id': 'sudo cat /var/lib/webhoster/instance-id',
  hostname: 'hostname',
  addresses: 'ip -brief address show eth0',
  'random seed': 'sudo sha256sum /var/lib/systemd/random-seed',
} as const;

/** What a machine weighs where there is not enough processor for all; nothing where it is not there. */
async function weightOf(vmId: string): Promise<string | undefined> {
  const told = await virsh('schedinfo', vmId).catch(() => '');
  return /^cpu_shares +: (\d+)$/m.exec(told)?.[1];
}

let withSpare: Owner;
let fromNothing: Owner;

test.serial('one is made, and sleeps: nobody has a key or a password, and nobody reaches it', async (t) => {
  t.timeout(1_200_000);
  const { Spare } = t.context.database.models;
  const preparing = () => Spare.findOne({ where: { state: 'preparing' }, rejectOnEmpty: true });
  const weight = async () => weightOf(machineNames((await preparing()).machineId).vmId);
  while ((await weight().catch(() => undefined)) !== '2') await delay(200);
  const spare = await untilSpare(t.context);
  const { vmId } = machineNames(spare.machineId);
  t.true((await stackNames(t.context)).includes(spareStack(spare.machineId)));
  t.true((await virsh('list', '--all', '--with-managed-save', '--name')).split('\n').includes(vmId));
  t.regex(await virsh('dominfo', vmId), /Autostart: +disable/);
  t.is(statSync(`/var/lib/libvirt/qemu/save/${vmId}.save`).mode & 0o777, 0o600);
  t.like(await t.context.database.models.Spare.findByPk(spare.machineId), { state: 'asleep' });
});

test.serial('of two who create at once one is given it, as if it had been made for them', async (t) => {
  t.timeout(1_200_000);
  const spare = await untilSpare(t.context);
  const owners = await Promise.all([makeOwner(t.context), makeOwner(t.context)]);
  const isIts = ({ machineId }: Owner) => machineId === spare.machineId;
  [withSpare, fromNothing] = owners.toSorted((a, b) => Number(isIts(b)) - Number(isIts(a))) as [Owner, Owner];
  t.deepEqual(owners.filter(isIts).length, 1);
  const { user, machineId, run } = withSpare;
  t.is(await weightOf(withSpare.vmId), await weightOf(fromNothing.vmId));
  t.regex(await withSpare.page(), new RegExp(user.username));
  t.is(await run('stat --format "%U %G %a" /var/www/html/index.html'), 'ubuntu ubuntu 644');
  const lag = Math.abs(Number(await run('date +%s%3N')) - Date.now());
  t.true(lag < 2_000, `its clock is off by ${lag} ms, the time of the command included`);
  const stacks = await stackNames(t.context);
  t.true(stacks.includes(`hosting-${user.userId}`));
  t.false(stacks.includes(spareStack(machineId)));
  t.is((await user.call('GET', '/host/my')).body.data.hosting.status, 'running');
  t.deepEqual(await run('cut -d : -f 1 /home/ubuntu/.ssh/authorized_keys | wc -l'), '1');
});

test.serial('the stack says all that is so: an engine that looks at it leaves the machine as it is', async (t) => {
  t.timeout(600_000);
  const { user, vmId, run } = withSpare;
  // The domain’s id is another after every start.
  const look = async () => [
    await virsh('domid', vmId),
    await virsh('domuuid', vmId),
    await run('cat /proc/sys/kernel/random/boot_id'),
  ];
  const before = await look();
  // What changes a site's route brings the whole stack up, and looks first at what is there.
  const renamed = await user.call('PATCH', '/auth/me', { body: { site_name: `${user.username}x` } });
  t.is(renamed.status, 200, renamed.text);
  const { Operation } = t.context.database.models;
  for (;;) {
    const latest = await Operation.findOne({ where: { userId: user.userId, kind: 'route' } });
    if (latest?.endedAt) {
      t.is(latest.state, 'succeeded');
      break;
    }
    await delay(200);
  }
  t.deepEqual(await look(), before);
});

test.serial('of its time without a user nothing is left in the state', async (t) => {
  t.timeout(600_000);
  const backend = t.context.installation.environment['PULUMI_BACKEND_URL'] ?? '';
  while (await t.context.database.models.Spare.findByPk(withSpare.machineId)) await delay(200);
  t.false(await inPulumiState(backend, spareStack(withSpare.machineId)));
});

test.serial('it has nothing of the machine that was made from nothing, nor of anybody', async (t) => {
  t.timeout(1_200_000);
  for (const [what, command] of Object.entries(identities))
    t.not(await withSpare.run(command), await fromNothing.run(command), what);
  const known = [fromNothing.user.username, String(fromNothing.user.userId), fromNothing.vmId];
  const log = await withSpare.run(
    'sudo journalctl --no-pager; sudo cat /root/.bash_history ~/.bash_history 2>/dev/null; true',
  );
  t.true(log.length > 100);
  for (const name of known) t.false(log.includes(name), name);
});

test.serial('password alone opens a machine that was made ready without one', async (t) => {
  t.timeout(1_200_000);
  const spare = await untilSpare(t.context);
  const user = await signUp(t.context.url);
  const created = await user.call('POST', '/host');
  t.is(created.status, 201, created.text);
  const { ssh_password: password, hosting } = created.body.data;
  t.is(hosting.vm_id, machineNames(spare.machineId).vmId);
  t.is(await ssh(hosting.ssh_port, { password }, 'id -un'), 'ubuntu\n');
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  t.deepEqual(await whatIsLeft(t.context, user.userId, hosting.ssh_port), []);
});
