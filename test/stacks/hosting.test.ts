// The engine on the real libvirt: what a hosting's stack makes, leaves alone, and removes. Nothing is booted to the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ExecutionContext } from 'ava';
import { hostingStack, machineNames } from '../../programs/names.ts';
import { type HostingRun, type HostingSpec, HostingStacks } from '../../stacks/hosting.ts';
import { volumeNames } from '../../stacks/libvirt/virsh.ts';
import { placeOf } from '../../stacks/places.ts';
import { passphrase, type TestEngine } from '../support/engine/engine.ts';
import { inPulumiState } from '../support/engine/state.ts';
import { run, virsh } from '../support/run.ts';
import { withEngine } from '../support/installation/with.ts';

const test = withEngine();

const nothing = () => undefined;
const quiet = (): HostingRun => ({ signal: AbortSignal.timeout(120_000), onStep: nothing, onSetback: nothing });

function remove({ context, fail }: ExecutionContext<TestEngine>, spec: HostingSpec): Promise<void> {
  const onDestroyFailed = (error: unknown) => fail(String(error));
  return context.stacks.remove(spec, { signal: AbortSignal.timeout(120_000), onDestroyFailed });
}

/** Whether no process is at work on a hosting's stack, or none soon. */
async function engineEnds({ userId }: HostingSpec): Promise<boolean> {
  const deadline = Date.now() + 5_000;
  while (Date.now() < deadline) {
    const { stdout } = await run('ps', ['-eo', 'args'], { timeout: 5_000 });
    if (!stdout.includes(`--stack ${hostingStack(userId)}`)) return true;
  }
  return false;
}

/** What of a hosting is on the node, on the proxy and in the state. */
async function found({ node, proxy, backendUrl }: TestEngine, { userId, machineId }: HostingSpec): Promise<string[]> {
  const names = machineNames(machineId);
  const name = hostingStack(userId);
  const domains = (await virsh('list', '--all', '--name')).split('\n').filter((name) => name === names.vmId);
  const volumes = (await volumeNames(node.libvirtUri, node.pool)).filter((name) => name.startsWith(`${names.vmId}.`));
  const files = readdirSync(proxy.sitesDirectory, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => relative(proxy.sitesDirectory, join(parentPath, name)));
  return [...domains, ...volumes, ...files, ...((await inPulumiState(backendUrl, name)) ? [name] : [])];
}

const all = ({ userId, machineId, sshPort, hosts: [host = ''] }: HostingSpec) => {
  const { vmId, diskVolume, cloudInitVolume } = machineNames(machineId);
  return [
    vmId,
    diskVolume,
    cloudInitVolume,
    `ids/${userId}`,
    `ports/${sshPort}`,
    `hosts/${host}`,
    hostingStack(userId),
  ];
};

test.serial('makes everything, changes nothing the second time, removes everything', async (t) => {
  const spec = t.context.spec();
  const steps: string[] = [];
  await t.context.stacks.make(spec, { ...quiet(), onStep: (step) => steps.push(step) });
  t.deepEqual(steps, ['disk', 'boot', 'route']);
  t.deepEqual((await found(t.context, spec)).sort(), all(spec).sort());
  const start = performance.now();
  t.is(await t.context.stacks.update(spec, quiet()), 0);
  t.log(`no change: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  await remove(t, spec);
  t.deepEqual(await found(t.context, spec), []);
  await t.notThrowsAsync(remove(t, spec), 'removing nothing is no error');
});

test.serial('one provider of sites serves engine after engine, but none after one that went wrong', async (t) => {
  const spec = t.context.spec();
  await t.context.stacks.make(spec, quiet());
  const { pulumi, node } = t.context;
  const before = await pulumi.siteProvider.environment();
  t.is(await t.context.stacks.update({ ...spec, suspended: true }, quiet()), 1);
  t.deepEqual(await pulumi.siteProvider.environment(), before);
  const away = { ...t.context.proxy, controlSocket: join(t.context.directory, 'away.sock') };
  const checks = { proxyUrl: 'http://127.0.0.1', bootTimeout: 1, firewallReport: '/nonexistent' };
  const elsewhere = new HostingStacks({ pulumi, place: placeOf(node), proxy: away, checks });
  await t.throwsAsync(elsewhere.update(spec, quiet()));
  t.notDeepEqual(await pulumi.siteProvider.environment(), before);
  t.is(await t.context.stacks.update(spec, quiet()), 1);
  await remove(t, spec);
});

test.serial('the state holds secrets only encrypted', async (t) => {
  const [host = ''] = t.context.spec().hosts;
  const spec = { ...t.context.spec(), hosts: [host], certificates: { [host]: 'a private key' } };
  await t.context.stacks.make(spec, quiet());
  const certificate = join(t.context.proxy.sitesDirectory, 'certificates', host);
  t.is(readFileSync(certificate, 'utf8'), 'a private key');
  const exported = () =>
    run('.toolchain/bin/pulumi', ['stack', 'export', '--stack', hostingStack(spec.userId)], {
      env: {
        PULUMI_BACKEND_URL: t.context.backendUrl,
        PULUMI_CONFIG_PASSPHRASE: passphrase,
        PULUMI_HOME: t.context.pulumi.home,
      },
      timeout: 30_000,
    });
  const { stdout } = await exported();
  t.true(stdout.includes('ciphertext'));
  t.true(stdout.includes(spec.vmIp), 'this is the state');
  t.false(stdout.includes(spec.sshPasswordHash ?? ''));
  t.false(stdout.includes(spec.randomSeed));
  t.false(stdout.includes('a private key'));
  t.is(await t.context.stacks.update(spec, quiet()), 0, 'it is what it was');
  const renewed = { ...spec, certificates: { [host]: 'another private key' } };
  t.is(await t.context.stacks.update(renewed, quiet()), 1);
  t.is(readFileSync(certificate, 'utf8'), 'another private key');
  t.false((await exported()).stdout.includes('private key'), 'after looking at what is there, too');
  t.is(await t.context.stacks.update({ ...spec, certificates: {} }, quiet()), 1);
  t.false(existsSync(certificate));
  await remove(t, spec);
});

test.serial('a VM keeps its disk and its kernel when the image and the templates change', async (t) => {
  const spec = t.context.spec();
  await t.context.stacks.make(spec, quiet());
  const { vmId, diskVolume } = machineNames(spec.machineId);
  const disk = join(t.context.directory, 'vms/disks', diskVolume);
  // The domain's id is another after every start.
  const look = async () => [await virsh('domuuid', vmId), await virsh('domid', vmId), statSync(disk).ino];
  const before = await look();

  const image = { ...t.context.image, id: 'another' };
  const node = await t.context.upNode({ image });
  t.is(node.image.id, 'another');
  t.true(
    (await virsh('vol-list', '--pool', node.pool)).includes(`guest-${t.context.image.id}.root.qcow2`),
    'the old image stays',
  );
  const { pulumi, proxy } = t.context;
  const onNewImage = new HostingStacks({
    pulumi,
    place: placeOf(node),
    proxy,
    checks: { proxyUrl: 'http://127.0.0.1', bootTimeout: 1, firewallReport: '/nonexistent' },
  });
  t.is(
    await onNewImage.update(
      { ...spec, instanceId: '11111111-1111-4111-8111-111111111111', username: 'other' },
      quiet(),
    ),
    0,
  );
  t.deepEqual(await look(), before);
  await remove(t, spec);
});

test.serial(
  'a VM that its user stopped stays off, and a suspended site is closed, whatever the engine does next',
  async (t) => {
    const spec = t.context.spec();
    const { vmId } = machineNames(spec.machineId);
    const route = () => readFileSync(join(t.context.proxy.sitesDirectory, `ids/${spec.userId}`), 'utf8');
    await t.context.stacks.make(spec, quiet());
    t.deepEqual(await t.context.stacks.powered([spec]), [spec.userId]);

    const stopped = { ...spec, powered: false };
    await t.context.stacks.setPower(stopped, quiet());
    const isStopped = async () => {
      t.is((await virsh('domstate', vmId)).trim(), 'shut off');
      t.regex(await virsh('dominfo', vmId), /Autostart: +disable/);
    };
    await isStopped();
    t.is(await t.context.stacks.update(stopped, quiet()), 0);
    await isStopped();

    const suspended = { ...stopped, suspended: true };
    t.is(await t.context.stacks.update(suspended, quiet()), 1);
    t.like(JSON.parse(route()), { web: 'suspended', ssh: '' });
    await isStopped();

    t.is(await t.context.stacks.update(stopped, quiet()), 1);
    t.like(JSON.parse(route()), { ssh: `${spec.vmIp}:22` });
    await placeOf(t.context.node).powerOn(spec.machineId, quiet());
    t.is(await t.context.stacks.update(spec, quiet()), 0);
    t.is((await virsh('domstate', vmId)).trim(), 'running');
    await remove(t, spec);
  },
);

test.serial('what an engine that was killed left is removed', async (t) => {
  const spec = t.context.spec();
  const worker = spawn(process.execPath, [join(import.meta.dirname, 'up-until-killed.ts')], {
    env: {
      ...process.env,
      SPEC: JSON.stringify(spec),
      NODE: JSON.stringify(t.context.node),
      PROXY: JSON.stringify(t.context.proxy),
      BACKEND: t.context.backendUrl,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // It says when the domain is being made, which is the worst moment.
  await once(worker.stdout, 'data');
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  t.true(await engineEnds(spec), 'the engine ends with its worker');
  t.true((await found(t.context, spec)).includes(hostingStack(spec.userId)));
  await t.context.stacks.remove(spec, {
    signal: AbortSignal.timeout(120_000),
    onDestroyFailed: (error) => t.log(error),
  });
  t.deepEqual(await found(t.context, spec), []);
  await t.context.stacks.make(spec, quiet());
  t.deepEqual((await found(t.context, spec)).sort(), all(spec).sort());
  await remove(t, spec);
});

/** Defines a VM behind the engine's back. @returns its name */
async function defineVm({ directory }: TestEngine, spec: HostingSpec, consoleDirectory: string): Promise<string> {
  const { vmId, consoleLog } = machineNames(spec.machineId);
  const log = `<log file='${consoleDirectory}/${consoleLog}'/>`;
  const xml = join(directory, 'domain.xml');
  writeFileSync(
    xml,
    `<domain type="qemu"><name>${vmId}</name><memory>131072</memory><os><type>hvm</type></os>
     <devices><console type="pty">${log}</console></devices></domain>`,
  );
  await virsh('define', xml);
  return vmId;
}

test.serial('what the state does not know of is found by its name and removed', async (t) => {
  const spec = t.context.spec();
  const { diskVolume } = machineNames(spec.machineId);
  await virsh('vol-create-as', t.context.node.pool, diskVolume, '1M');
  const vmId = await defineVm(t.context, spec, t.context.node.consoleDirectory);
  t.deepEqual((await found(t.context, spec)).sort(), [vmId, diskVolume].sort());
  await remove(t, spec);
  t.deepEqual(await found(t.context, spec), []);
});

test.serial('what libvirt still starts for a client that is gone is removed', async (t) => {
  const spec = t.context.spec();
  const vmId = await defineVm(t.context, spec, t.context.node.consoleDirectory);
  const start = `until virsh --quiet --connect qemu:///system start ${vmId}; do :; done`;
  const client = spawn('sh', ['-c', start], { stdio: 'ignore', detached: true });
  // libvirt says of it that it is shut off, until QEMU has answered, which this one does not.
  await run('sh', ['-c', `until pkill -STOP --full '[g]uest=${vmId}'; do :; done`], { timeout: 30_000 });
  process.kill(-Number(client.pid), 'SIGKILL');
  await remove(t, spec);
  t.deepEqual(await found(t.context, spec), []);
  await t.throwsAsync(run('pgrep', ['--full', `[g]uest=${vmId}`]), undefined, 'QEMU is gone too');
});

test.serial('a VM of the same name that is another installation’s stays', async (t) => {
  const spec = t.context.spec();
  const vmId = await defineVm(t.context, spec, '/srv/another/consoles');
  t.teardown(() => virsh('undefine', vmId));
  await remove(t, spec);
  t.deepEqual(await found(t.context, spec), [vmId]);
});
