// Makes on this machine what a test's installation makes, in the folder and for the node that are named, and waits to be killed.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeNames } from '../../programs/names.ts';
import { run, virsh } from '../support/run.ts';
import { leaveTraces } from '../support/engine/traces.ts';

const [, , directory = '', node = '', address = ''] = process.argv;
const { network, bridge } = nodeNames(node);
leaveTraces({ node, directories: [directory] });

async function define(kind: string, xml: string): Promise<void> {
  const file = join(directory, `${kind}.xml`);
  writeFileSync(file, xml);
  await virsh(kind, file);
}

mkdirSync(join(directory, 'disks'));
mkdirSync('/etc/libvirt/webhoster', { recursive: true });
const rules = join(directory, 'firewall.nft');
writeFileSync(rules, `table inet ${network} { chain input { iifname != "${bridge}" accept; }; }\n`);
symlinkSync(rules, `/etc/libvirt/webhoster/${network}.nft`);
await define(
  'net-define',
  `<network><name>${network}</name><forward mode='open'/><bridge name='${bridge}' stp='off' delay='0'/>
   <ip address='${address}' netmask='255.255.255.0'/></network>`,
);
// libvirt's hook loads the rules.
await virsh('net-start', network);
await define(
  'pool-define',
  `<pool type='dir'><name>${network}</name><target><path>${directory}/disks</path></target></pool>`,
);
await virsh('pool-start', network);
// As prepare-node.ts leaves one that was interrupted: defined, and not on.
await define('net-define', `<network><name>${network}-b</name></network>`);
await run('iptables', ['--wait', '-I', 'FORWARD', '-i', bridge, '-j', 'ACCEPT']);
await define(
  'define',
  `<domain type='qemu'><name>vm-of-${node}</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os><devices>
   <serial type='file'><source path='${directory}/console.log'/></serial>
   <interface type='network'><source network='${network}'/></interface></devices></domain>`,
);
await virsh('start', `vm-of-${node}`, '--paused');
console.log('made');
process.stdin.resume();
