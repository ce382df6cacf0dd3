// How long a VM's start takes by libvirt with the port of its slot, beside one that libvirt filters (clean-traffic) as every VM
// of ours was before: the same VM, in turn, on a network of its own. Nothing boots in it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../programs/run-command.ts';
import { slotOf } from '../../programs/slots.ts';
import { freeNetwork } from '../dev/network.ts';

const rounds = 20;
const name = `webhoster-bench-${process.pid}`;
const network = freeNetwork();
const address = network.replace(/0\/24$/, '2');
const { macAddress, port } = slotOf(address, 24);

const filter = `<filterref filter='clean-traffic'><parameter name='IP' value='${address}'/></filterref>`;
const ways = { 'a filter of libvirt’s': filter, 'the slot’s port': `<target dev='${port}'/>` };

const networkDefinition = `<network><name>${name}</name><forward mode='open'/><bridge name='whb-${process.pid}' stp='off' delay='0'/>
  <port isolated='yes'/><dns enable='no'/><ip address='${network.replace(/0\/24$/, '1')}' prefix='24'/></network>`;

const vmDefinition = (way: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory>
  <os><type arch='x86_64'>hvm</type></os><devices><interface type='network'><source network='${name}'/>
  <mac address='${macAddress}'/><model type='virtio'/><rom enabled='no'/>${way}</interface></devices></domain>`;

const virsh = (...args: string[]) => runCommand(['virsh', '-q', '-c', 'qemu:///system', ...args], { timeout: 60_000 });

const directory = await mkdtemp(join(tmpdir(), 'webhoster-bench-'));

async function define(kind: 'net-create' | 'define', definition: string): Promise<void> {
  const file = join(directory, `${kind}.xml`);
  await writeFile(file, definition);
  await virsh(kind, file);
}

/** Milliseconds until a VM is there, its processors halted; null when it did not start. */
async function start(way: string): Promise<number | null> {
  await define('define', vmDefinition(way));
  const begin = performance.now();
  const started = await virsh('start', name, '--paused').then(
    () => true,
    (error: unknown) => {
      console.error(`bench: ${(error as Error).message}`);
      return false;
    },
  );
  const took = performance.now() - begin;
  if (started) await virsh('destroy', name);
  await virsh('undefine', name);
  return started ? took : null;
}

const middle = (times: number[]) => times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? NaN;

const times: Record<string, number[]> = {};
const failures: Record<string, number> = {};
try {
  await define('net-create', networkDefinition);
  for (let round = 0; round < rounds; round++)
    for (const [what, way] of Object.entries(ways)) {
      const took = await start(way);
      if (took === null) failures[what] = (failures[what] ?? 0) + 1;
      else (times[what] ??= []).push(took);
    }
} finally {
  await virsh('destroy', name).catch(() => undefined);
  await virsh('undefine', name).catch(() => undefined);
  await virsh('net-destroy', name).catch(() => undefined);
  await rm(directory, { recursive: true });
}
const medians = Object.entries(times).map(([what, all]) => [what, middle(all), Math.min(...all)] as const);
const [[, before, leastBefore] = ['', NaN, NaN]] = medians;
console.log('| start of a VM with | median | of it | least | of it | failed |\n|---|---|---|---|---|---|');
for (const [what, median, least] of medians) {
  const ratios = [median / before, least / leastBefore].map((ratio) => ratio.toFixed(2));
  const cells = [what, `${median.toFixed(0)} ms`, ratios[0], `${least.toFixed(0)} ms`, ratios[1], failures[what] ?? 0];
  console.log(`| ${cells.join(' | ')} |`);
}
