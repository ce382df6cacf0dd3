// What a VM takes of its node: after its boot, after use, and after a sleep; how large its saved memory is, and how long saving
// and waking take. As QEMU does it by itself, with what our VMs have (templates/libvirt/domain.xslt.liquid), each of that alone,
// and with what was tried besides; in turn, on a network of its own.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runCommand } from '../../programs/run-command.ts';
import { freeNetwork } from '../dev/network.ts';
import { NodeDaemons } from '../dev/node-daemons.ts';
import { Guest, type Figures, makeNetwork, type Way } from './memory-guest.ts';

const nothing: Way = { translation: false, reporting: false, before: 'nothing' };
const both: Way = { ...nothing, translation: true, reporting: true };
const ways: Record<string, Way> = {
  'QEMU by itself': nothing,
  '`tb-cache` of 64 MiB': { ...nothing, translation: true },
  'free page reporting': { ...nothing, reporting: true },
  'both: our VMs': both,
  'both, and a balloon before the save': { ...both, before: 'balloon' },
  'both, and caches dropped before the save': { ...both, before: 'drop' },
};
const columns: Record<keyof Figures, string> = {
  boot: 'boot, s',
  booted: 'then, MiB',
  used: 'after use, MiB',
  save: 'save, s',
  image: 'image, MiB',
  wake: 'wake, s',
  woken: 'then, MiB',
};

const options = { image: { type: 'string' }, 'domain-type': { type: 'string' }, rounds: { type: 'string' } } as const;
const { image = '', 'domain-type': type, rounds: given = '2' } = parseArgs({ options }).values;
const rounds = Number(given);
const domainType = type === 'kvm' ? 'kvm' : 'qemu';
const found = new Map<string, Figures[]>();

async function measureAll(network: string, directory: string): Promise<void> {
  for (let round = 1; round <= rounds; round++)
    for (const [name, way] of Object.entries(ways)) {
      if (stopped) return;
      console.error(`bench: round ${round} of ${rounds}, ${name}`);
      const folder = await mkdtemp(join(directory, 'vm-'));
      const guest = await Guest.make({ way, network, image, domainType, directory: folder });
      try {
        const figures = await guest.measure();
        console.error(`bench: ${JSON.stringify(figures)}`);
        found.set(name, [...(found.get(name) ?? []), figures]);
      } finally {
        await guest.remove();
      }
    }
}

let stopped = false;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    stopped = true;
    console.error('bench: ends with the VM that is being measured');
  });
}
const daemons = new NodeDaemons();
const directory = await mkdtemp('/var/lib/webhoster-bench-');
const network = freeNetwork();
try {
  // QEMU's own user has to get through to the disks of VMs.
  await chmod(directory, 0o711);
  await runCommand([fileURLToPath(new URL('../start-libvirt.sh', import.meta.url))], { timeout: 600_000 });
  const remove = await makeNetwork(network, directory);
  await measureAll(network, directory).finally(remove);
} finally {
  await rm(directory, { recursive: true, force: true });
  await daemons.stopStarted();
}
console.log(
  `| ${domainType === 'kvm' ? 'KVM' : 'TCG'} | ${Object.values(columns).join(' | ')} |\n|---|${'---|'.repeat(7)}`,
);
for (const [name, all] of found) {
  const cell = (column: string) => {
    const times = all.map((figures) => figures[column as keyof Figures]);
    return times
      .map((time) => (columns[column as keyof Figures].endsWith('s') ? time.toFixed(1) : time.toFixed(0)))
      .join(', ');
  };
  console.log(`| ${[name, ...Object.keys(columns).map(cell)].join(' | ')} |`);
}
