// What a node declares for its hostings.
import test from 'ava';
import type { GuestImage, NodeOutputs } from '../../programs/arguments.ts';
import { type NodeArgs, nodeProgram } from '../../programs/libvirt/node.ts';
import { type Declared, declaredBy } from '../support/engine/pulumi.ts';

const image = (id: string, initrd: string | null): GuestImage => {
  return { id, root: `/images/${id}/root.qcow2`, kernel: `/images/${id}/vmlinuz`, initrd, cmdline: 'root=/dev/vda' };
};
const args: NodeArgs = {
  name: 'local',
  libvirtUri: 'qemu:///system',
  domainType: 'kvm',
  storageDirectory: '/srv/vms',
  network: '10.4.0.0/24',
  gateway: '10.4.0.1',
  prefixLength: 24,
  nameservers: ['192.0.2.53'],
  images: [image('new', null), image('old', '/images/old/initrd')],
};

let outputs: NodeOutputs;
let resources: Map<string, Declared>;

test.before(async () => {
  let ready: Promise<void> | undefined;
  resources = await declaredBy(() => {
    ready = new Promise((resolve) => {
      nodeProgram(args).apply((node) => {
        outputs = node;
        resolve();
      });
    });
  });
  await ready;
});

test('the pool is a folder of the storage directory, named after the node', (t) => {
  t.like(resources.get('pool'), { type: 'libvirt:index/pool:Pool', inputs: { name: 'webhoster-local', type: 'dir' } });
  t.deepEqual(resources.get('pool')?.inputs['target'], { path: '/srv/vms/disks' });
});

test('the network gives out no addresses, and is not remade for a new wording', (t) => {
  const network = resources.get('network');
  t.like(network?.inputs, {
    name: 'webhoster-local',
    mode: 'open',
    bridge: 'wh-local',
    autostart: true,
    addresses: ['10.4.0.0/24'],
  });
  t.deepEqual(network?.inputs['dhcp'], { enabled: false });
  t.deepEqual(network?.ignoreChanges, ['xml']);
  t.regex((network?.inputs['xml'] as { xslt: string }).xslt, /isolated="yes"/);
});

test('each image brings its files, the older ones too', (t) => {
  const volumes = [...resources.values()].filter(({ type }) => type === 'libvirt:index/volume:Volume');
  const sources = Object.fromEntries(volumes.map(({ inputs }) => [String(inputs['name']), inputs['source']]));
  t.deepEqual(sources, {
    'guest-new.root.qcow2': '/images/new/root.qcow2',
    'guest-new.vmlinuz': '/images/new/vmlinuz',
    'guest-old.root.qcow2': '/images/old/root.qcow2',
    'guest-old.vmlinuz': '/images/old/vmlinuz',
    'guest-old.initrd': '/images/old/initrd',
  });
  for (const { inputs, ignoreChanges } of volumes) {
    t.is(inputs['pool'], 'webhoster-local');
    t.deepEqual(ignoreChanges, ['source']);
  }
});

test('hostings are told of the first image, by its paths on the node', (t) => {
  t.deepEqual(outputs, {
    kind: 'libvirt',
    libvirtUri: 'qemu:///system',
    domainType: 'kvm',
    pool: 'webhoster-local',
    network: 'webhoster-local',
    bridge: 'wh-local',
    gateway: '10.4.0.1',
    prefixLength: 24,
    nameservers: ['192.0.2.53'],
    consoleDirectory: '/srv/vms/consoles',
    image: {
      id: 'new',
      volume: 'guest-new.root.qcow2',
      kernel: '/srv/vms/disks/guest-new.vmlinuz',
      initrd: null,
      cmdline: 'root=/dev/vda',
    },
    images: args.images,
  });
});
