// Whatever goes wrong while a spare machine becomes a user's: the user has a machine, and nothing is left of the other.
import { truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import { spareStack } from '../../programs/names.ts';
import { inPulumiState } from '../support/engine/state.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { stackNames, whatIsLeft } from '../support/installation/leftovers.ts';
import { makeOwner, type Owner, untilSpare } from '../support/installation/spares.ts';
import { signUp, untilStep } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';
import { virsh } from '../support/run.ts';

const test = withInstallation({
  workers: 2,
  variables: { SPARES_MIN: '1', SPARES_MAX: '1', BOOT_TIMEOUT_SECONDS: '600' },
});
type Test = ExecutionContext<TestInstallation>;

const imageOf = (vmId: string) => `/var/lib/libvirt/qemu/save/${vmId}.save`;

/** When a machine made its host key, at its very first boot, in milliseconds. */
const keyMadeAt = async ({ run }: Owner) =>
  1_000 * Number(await run('stat --format %Y /etc/ssh/ssh_host_ed25519_key.pub'));

/** That the machine is its user's, as any other; no memory is left that could be resumed, and no stack of before. */
async function assertTheirs(t: Test, { user, machineId, vmId, run, page }: Owner): Promise<void> {
  t.regex(await page(), new RegExp(user.username));
  t.is(await run('hostname'), vmId);
  t.regex(await virsh('dominfo', vmId), /Managed save: +no/);
  const stacks = await stackNames(t.context);
  t.true(stacks.includes(`hosting-${user.userId}`));
  t.false(stacks.includes(spareStack(machineId)));
  const backend = t.context.installation.environment['PULUMI_BACKEND_URL'] ?? '';
  while (await t.context.database.models.Spare.findByPk(machineId)) await delay(200);
  t.false(await inPulumiState(backend, spareStack(machineId)), 'nor anything else of it');
}

test.serial('memory that cannot be read: the machine boots, and is given all the same', async (t) => {
  t.timeout(1_200_000);
  const spare = await untilSpare(t.context);
  const vmId = `vm-${spare.machineId}`;
  truncateSync(imageOf(vmId), 20_000_000);
  const asked = Date.now();
  const owner = await makeOwner(t.context);
  t.is(owner.vmId, vmId);
  await assertTheirs(t, owner);
  t.true((await keyMadeAt(owner)) < asked, 'it is the disk of the spare machine');
  await owner.user.call('DELETE', '/host/my');
  t.deepEqual(await whatIsLeft(t.context, owner.user.userId, owner.sshPort), []);
});

for (const step of ['boot', 'route'] as const)
  test.serial(`all workers die at the step ${step}: another machine is made, and nothing resumed twice`, async (t) => {
    t.timeout(1_200_000);
    const spare = await untilSpare(t.context);
    const user = await signUp(t.context.url);
    const made = makeOwner(t.context, user);
    const { Operation } = t.context.database.models;
    let open = null;
    while (!open) open = await Operation.findOne({ where: { userId: user.userId, state: 'running' } });
    await untilStep(user, open.id, step);
    await Promise.all(t.context.installation.named('worker').map((worker) => worker.kill('SIGKILL')));
    const owner = await made;
    t.is(owner.machineId, spare.machineId, 'its names are those of the row');
    await assertTheirs(t, owner);
    t.true((await keyMadeAt(owner)) > open.createdAt.getTime(), 'its disk is another one');
    await owner.user.call('DELETE', '/host/my');
    t.deepEqual(await whatIsLeft(t.context, owner.user.userId, owner.sshPort), []);
  });
