import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { NodeDaemons } from './dev/node-daemons.ts';

/** These end libvirtd, or have it make its filters anew: what others do with it at the time would be in the way. */
const alone = ['test/reboot/**', 'test/e2e/isolation.test.ts'];
const onRealVms = ['test/containers/**', 'test/e2e/**', 'test/stacks/**'];
const not = (patterns: string[]) => patterns.map((pattern) => `!${pattern}`);

/** Those of the second group work on the real libvirt, and want the machine for themselves; the longest begin. */
const groups = [
  { name: 'parts', args: ['--concurrency=2', 'test/**/*.test.ts', ...not(onRealVms), ...not(alone)] },
  {
    name: 'engine, failures, the whole journey, and containers, on real VMs',
    args: ['--concurrency=2', ...onRealVms, ...not(alone)],
  },
  { name: 'a hostile guest, and a power cut', args: ['--concurrency=1', ...alone] },
];

let passed = 0;
let failed = 0;

/** Runs ava and counts its results; a group that fails, or runs nothing, without naming a test counts as one that failed. */
async function runGroup(args: string[]): Promise<void> {
  const ava = spawn('ava', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [passedBefore, failedBefore] = [passed, failed];
  for await (const line of createInterface({ input: ava.stdout })) {
    if (/^\s*✔ /.test(line)) passed++;
    if (/^\s*✘ /.test(line)) failed++;
    console.log(line);
  }
  const [status] = ava.exitCode === null ? ((await once(ava, 'exit')) as [number | null]) : [ava.exitCode];
  const nothingRan = passed === passedBefore;
  if ((status !== 0 || nothingRan) && failed === failedBefore) failed++;
}

const daemons = new NodeDaemons();
for (const { name, args } of groups) {
  console.log(`\n# ${name}`);
  await runGroup(args);
}
await daemons.stopStarted().catch((error: unknown) => {
  console.error(error);
  failed++;
});
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
