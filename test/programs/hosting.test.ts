// What a hosting declares, as the engine is told.
import test from 'ava';
import type { HostingArgs } from '../../programs/arguments.ts';
import { hostingProgram } from '../../programs/hosting.ts';
import { renderSite } from '../../templates/site.ts';
import { type Declared, declaredBy, unwrapSecret } from '../support/engine/pulumi.ts';

const passwordHash = '$6$salt$hash-of-a-password';
const randomSeed = 'c2VlZCB0aGF0IG5vYm9keSBrbm93cw==';

const args: HostingArgs = {
  userId: 42,
  machineId: 7,
  username: 'gildong',
  vmIp: '10.4.0.9',
  sshPort: 10_042,
  hosts: ['gildong.localhost'],
  certificates: { 'gildong.localhost': 'a certificate' },
  sshPublicKeys: ['ssh-ed25519 AAAA me@laptop'],
  sshPasswordHash: passwordHash,
  instanceId: 'a5f0c2de-0000-4000-8000-000000000000',
  randomSeed,
  powered: true,
  suspended: false,
  node: {
    kind: 'libvirt',
    libvirtUri: 'qemu:///system',
    domainType: 'kvm',
    pool: 'the-pool',
    network: 'the-network',
    gateway: '10.4.0.1',
    prefixLength: 24,
    nameservers: ['192.0.2.53'],
    consoleDirectory: '/srv/consoles',
    image: {
      id: 'img',
      volume: 'img.qcow2',
      kernel: '/srv/img.vmlinuz',
      initrd: '/srv/img.initrd',
      cmdline: 'root=/dev/vda quiet console=ttyS0,115200',
    },
  },
  proxy: {
    sitesDirectory: '/srv/sites',
    controlSocket: '/run/proxy/control.sock',
    addresses: ['10.4.0.1'],
  },
};

let outputs: Record<string, unknown>;
let resources: Map<string, Declared>;
let emulated: Map<string, Declared>;
let stopped: Map<string, Declared>;
let suspended: Map<string, Declared>;

test.before(async () => {
  resources = await declaredBy(() => (outputs = hostingProgram(args)));
  const node = { ...args.node, domainType: 'qemu' as const, image: { ...args.node.image, initrd: null } };
  emulated = await declaredBy(() => hostingProgram({ ...args, node }));
  stopped = await declaredBy(() => hostingProgram({ ...args, powered: false }));
  suspended = await declaredBy(() => hostingProgram({ ...args, suspended: true }));
});

function resource(name: string, from = resources): Declared {
  const found = from.get(name);
  if (!found) throw new Error(`${name} was not declared`);
  return found;
}

test('the resources are a disk, a cloud-init disk, a domain and a site', (t) => {
  const types = Object.fromEntries([...resources.values()].map(({ name, type }) => [name, type]));
  t.deepEqual(types, {
    libvirt: 'pulumi:providers:libvirt',
    'cloud-init': 'libvirt:index/cloudinitDisk:CloudinitDisk',
    vm: 'libvirt:index/domain:Domain',
    'vm-disk': 'libvirt:index/volume:Volume',
    site: 'webhoster:index:Site',
  });
  t.is(resource('libvirt').inputs['uri'], 'qemu:///system');
  t.deepEqual(outputs, { vmId: 'vm-00000007', vmIp: '10.4.0.9', sshPort: 10_042 });
});

test('the disk lies over the image, and no change remakes it', (t) => {
  const { inputs, ignoreChanges } = resource('vm-disk');
  t.like(inputs, {
    name: 'vm-00000007.qcow2',
    pool: 'the-pool',
    baseVolumeName: 'img.qcow2',
    baseVolumePool: 'the-pool',
  });
  t.deepEqual(ignoreChanges, ['*']);
});

test('the domain boots the image from these disks in the node’s network', (t) => {
  const { inputs, dependsOn } = resource('vm');
  t.like(inputs, {
    name: 'vm-00000007',
    type: 'kvm',
    cpu: { mode: 'host-passthrough' },
    memory: 1024,
    running: true,
    autostart: true,
    kernel: '/srv/img.vmlinuz',
    initrd: '/srv/img.initrd',
    cmdlines: [{ root: '/dev/vda' }, { _: 'quiet' }, { console: 'ttyS0,115200' }],
    disks: [{ volumeId: 'vm-disk-id' }],
    cloudinit: 'cloud-init-id',
  });
  t.deepEqual(inputs['networkInterfaces'], [
    { networkName: 'the-network', mac: '52:54:0a:04:00:09', waitForLease: false },
  ]);
  t.deepEqual(dependsOn.sort(), ['cloud-init', 'vm-disk']);
});

test('the console of the domain is logged under its own name', (t) => {
  const { xslt } = resource('vm').inputs['xml'] as { xslt: string };
  t.true(xslt.includes('file="/srv/consoles/vm-00000007.log"'));
});

test('a newer image is for newer VMs', (t) => {
  const { ignoreChanges, deleteBeforeReplace } = resource('vm');
  t.deepEqual(ignoreChanges.sort(), ['cmdlines', 'initrd', 'kernel', 'networkInterfaces', 'xml']);
  t.true(deleteBeforeReplace);
});

test('where there is no virtualization the domain is emulated, and without an initrd has none', (t) => {
  const { inputs } = resource('vm', emulated);
  t.like(inputs, { type: 'qemu', cpu: { mode: 'maximum' } });
  t.false('initrd' in inputs);
});

test('what the guest is told is secret, and in no other input', (t) => {
  const { inputs, ignoreChanges } = resource('cloud-init');
  const userData = String(unwrapSecret(inputs['userData']));
  t.true(userData.includes(passwordHash) && userData.includes(randomSeed));
  t.deepEqual(ignoreChanges, ['*']);
  const { userData: _secret, ...others } = inputs;
  const rest = JSON.stringify([others, ...[...resources.values()].filter(({ name }) => name !== 'cloud-init')]);
  t.false(rest.includes(passwordHash) || rest.includes(randomSeed));
});

test('the guest gets its own address, and its name', (t) => {
  const { inputs } = resource('cloud-init');
  t.like(inputs, { name: 'vm-00000007.iso', pool: 'the-pool' });
  t.true(String(inputs['networkConfig']).includes('"10.4.0.9/24"'));
  t.true(String(inputs['networkConfig']).includes('52:54:0a:04:00:09'));
  t.true(String(inputs['metaData']).includes(`vm-00000007-${args.instanceId}`));
});

test('the site leads to this VM, and comes after it', (t) => {
  const { inputs, dependsOn } = resource('site');
  t.like(inputs, { directory: '/srv/sites', controlSocket: '/run/proxy/control.sock' });
  t.deepEqual(inputs['files'], renderSite({ ...args, address: '10.4.0.9', suspended: false }));
  t.true(dependsOn.includes('vm'), dependsOn.join());
});

test('its certificates are secret, and in no other input', (t) => {
  const secretFiles = unwrapSecret(resource('site').inputs['secretFiles']);
  t.deepEqual(secretFiles, { 'certificates/gildong.localhost': 'a certificate' });
  t.false(JSON.stringify(resource('site').inputs['files']).includes('a certificate'));
});

test('a VM that its user stopped stays off', (t) => {
  t.like(resource('vm', stopped).inputs, { running: false, autostart: false });
});

test('a suspended site leads to the page that says so, and has no SSH', (t) => {
  const { 'ids/42': route = '' } = resource('site', suspended).inputs['files'] as Record<string, string>;
  t.like(JSON.parse(route), { web: 'suspended', ssh: '' });
});

test('an id of a machine that is none declares nothing', (t) => {
  t.throws(() => hostingProgram({ ...args, machineId: 0 }), { instanceOf: RangeError });
});
