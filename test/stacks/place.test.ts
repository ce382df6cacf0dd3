// What a place tells of its machines, on libvirt's own test driver; and a place whose machines cannot sleep.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { LibvirtFacts } from '../../programs/arguments.ts';
import { SleepFailedError } from '../../stacks/errors.ts';
import { writeReport } from '../../stacks/firewall-report.ts';
import { HostingStacks } from '../../stacks/hosting.ts';
import { LibvirtPlace } from '../../stacks/libvirt/place.ts';
import type { MachinePlace } from '../../stacks/machine-place.ts';
import { openPulumi } from '../../stacks/pulumi.ts';

const directory = mkdtempSync(join(tmpdir(), 'webhoster-place-'));
test.after.always(() => rmSync(directory, { recursive: true }));

/** States as libvirt numbers them (virDomainState). */
const [running, paused, off] = [1, 3, 5];
const machine = (machineId: number, state: number, more = '') =>
  `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>vm-0000000${machineId}</name>
  <memory>1024</memory><os><type>hvm</type></os><test:runstate>${state}</test:runstate>${more}</domain>`;
const node = join(directory, 'node.xml');
const [on, still, asleep, stopped] = [1, 2, 3, 4];
writeFileSync(
  node,
  `<node>${machine(on, running)}${machine(still, paused)}${machine(asleep, off, '<test:hasmanagedsave/>')}${machine(stopped, off)}</node>`,
);
const facts = { kind: 'libvirt', libvirtUri: `test://${node}`, consoleDirectory: directory } as LibvirtFacts;

/** The same place without what sleep is made of. */
function sleepless(): MachinePlace {
  const place: { -readonly [Key in keyof MachinePlace]: MachinePlace[Key] } = new LibvirtPlace(facts);
  delete place.sleep;
  return place;
}

async function stacksOf(place: MachinePlace): Promise<HostingStacks> {
  const toolchainDirectory = join(import.meta.dirname, '../../.toolchain');
  const pulumi = await openPulumi({ backendUrl: `file://${directory}`, passphrase: 'x', toolchainDirectory });
  const firewallReport = join(directory, 'report.json');
  const validUntil = new Date(Date.now() + 600_000).toISOString();
  await writeReport(firewallReport, { at: validUntil, validUntil, intact: true, findings: [] });
  const proxy = { sitesDirectory: directory, controlSocket: '/nonexistent', addresses: [] };
  const checks = { proxyUrl: 'http://127.0.0.1', bootTimeout: 1, firewallReport };
  return new HostingStacks({ pulumi, place, proxy, checks });
}

const hosting = (machineId: number) => ({ userId: 10 + machineId, machineId });
const hostings = [on, still, asleep, stopped, 5].map(hosting);
const nothing = () => undefined;
const run = () => ({ signal: new AbortController().signal, onStep: nothing, onSetback: nothing });
const image = { isSpent: true, beforeResume: () => Promise.resolve() };

test('whose machines are on and whose sleep is told; one that stands still is on, and does not run', async (t) => {
  const place = new LibvirtPlace(facts);
  const stacks = await stacksOf(place);
  t.deepEqual(await stacks.powered(hostings), [10 + on, 10 + still]);
  t.deepEqual(await stacks.asleep(hostings), [10 + asleep]);
  t.deepEqual(await stacks.failedToStart(hostings), []);
  t.deepEqual([await place.isRunning(on), await place.isRunning(still)], [true, false]);
});

test('what is left of the node is told in bytes', async (t) => {
  const { disk, memory, processors } = await new LibvirtPlace(facts).room();
  for (const { freeBytes, totalBytes } of [disk, memory]) t.true(freeBytes > 1e6 && freeBytes < totalBytes);
  t.true(processors.count >= 1 && processors.load >= 0);
});

test('where machines cannot sleep none does, and none is put to sleep', async (t) => {
  const stacks = await stacksOf(sleepless());
  t.deepEqual(await stacks.asleep(hostings), []);
  await t.throwsAsync(stacks.sleep(hosting(on), run()), { instanceOf: SleepFailedError });
  t.is(await stacks.rouse(hosting(on), image, run()), 'on');
  t.is(await stacks.rouse(hosting(asleep), image, run()), 'off');
});
