// usage: node scripts/tests/run-tests.ts [without-vms | on-vms]    by default all
import { join } from 'node:path';
import { sweepAbandoned } from '../../test/support/engine/traces.ts';
import { NodeDaemons } from '../dev/node-daemons.ts';
import { runAva } from './ava.ts';
import { type GroupResult, report } from './report.ts';

const root = join(import.meta.dirname, '../..');
/** Milliseconds for a group, so that one that hangs ends before what runs it loses patience. */
const timeout = 80 * 60_000;

/** These end libvirtd, or have it make its filters anew: what others do with it at the time would be in the way. */
const alone = ['test/reboot/**', 'test/e2e/isolation.test.ts'];
const onRealVms = ['test/containers/**', 'test/e2e/**', 'test/stacks/**'];
const not = (patterns: string[]) => patterns.map((pattern) => `!${pattern}`);

/** Those of the second group work on the real libvirt, and want the machine for themselves; the longest begin. */
const groups = [
  {
    name: 'parts',
    kind: 'without-vms',
    args: ['--concurrency=2', 'test/**/*.test.ts', ...not(onRealVms), ...not(alone)],
  },
  {
    name: 'engine, failures, the whole journey, and containers, on real VMs',
    kind: 'on-vms',
    args: ['--concurrency=2', ...onRealVms, ...not(alone)],
  },
  { name: 'a hostile guest, and a power cut', kind: 'on-vms', args: ['--concurrency=1', ...alone] },
];

const [wanted] = process.argv.slice(2);
const chosen = groups.filter(({ kind }) => wanted === undefined || kind === wanted);
if (chosen.length === 0) throw new Error(`There are no tests ${wanted}: name without-vms or on-vms, or none for all.`);

const results: GroupResult[] = [];

/** Does what is no test, whose failure counts all the same. */
async function tidy(name: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    console.error(error);
    results.push({ name, files: [], seconds: 0, passed: 0, failed: 1, skipped: 0 });
  });
}

/** Tests that ava ends because they hang, and those of a run that was killed, clear nothing away. */
async function clearAway(): Promise<void> {
  const nodes = await sweepAbandoned();
  if (nodes.length > 0) console.error(`Cleared away what tests had left on: ${nodes.join(', ')}`);
}

const daemons = new NodeDaemons();
await tidy('clearing away after an earlier run', clearAway);
for (const { name, args } of chosen) {
  console.log(`\n# ${name}`);
  results.push({ name, ...(await runAva({ args, cwd: root, timeout })) });
  await tidy(`clearing away after: ${name}`, clearAway);
}
await tidy('ending the daemons of libvirt', () => daemons.stopStarted());
console.log(`\n${report(results)}`);
process.exitCode = results.every(({ failed }) => failed === 0) ? 0 : 1;
