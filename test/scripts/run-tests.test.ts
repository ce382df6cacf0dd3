// What a run counts, of tests that end in every way there is: each file below is one of another ava's.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type AvaResult, runAva } from '../../scripts/tests/ava.ts';
import { report } from '../../scripts/tests/report.ts';

const root = join(import.meta.dirname, '../..');

/** Runs these files, with what a test needs before them. One run at a time: each takes both cores. */
async function count(t: ExecutionContext, files: Record<string, string>, ...args: string[]): Promise<AvaResult> {
  const cwd = mkdtempSync(join(tmpdir(), 'webhoster-run-tests-'));
  t.teardown(() => rmSync(cwd, { recursive: true }));
  mkdirSync(join(cwd, 'test'));
  symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'));
  writeFileSync(join(cwd, 'package.json'), '{ "type": "module" }');
  // What lingers is ended sooner here.
  writeFileSync(
    join(cwd, 'ava.config.js'),
    `import ours from '${root}/ava.config.js';
    export default { ...ours, require: ours.require.map(([module]) => [module, 2_000]) };`,
  );
  for (const [name, text] of Object.entries(files))
    writeFileSync(join(cwd, `test/${name}.test.ts`), `import test from 'ava';\n${text}`);
  return runAva({ args, cwd, timeout: 120_000, output: 'ignore' });
}

/** As results look that are none of this run. */
const marks = '✘ x\\n  ✘ [fail]: y\\n✔ z\\nnot ok 7\\nok 8 - v\\n# fail 9\\n';
const talkative = `
import { spawnSync } from 'node:child_process';
test.serial('talks', (t) => {
  console.log('${marks}');
  process.stderr.write('${marks}');
  t.log('${marks}');
  for (const stdio of ['inherit', ['ignore', 1, 2]]) spawnSync('printf', ['${marks}'], { stdio });
  t.pass();
});`;
const onePasses = `test('passes', (t) => t.pass());`;
const oneFails = `test('fails', (t) => t.fail());`;
/** What it opens keeps its process alive; and that it has a time limit of its own, keeps ava from ending it. */
const leavesOpen = (ends: string) =>
  `import { createServer } from 'node:http';
  test('leaves a server open', (t) => { t.timeout(600_000); createServer().listen(0, '127.0.0.1'); ${ends}; });`;
const oneHangs = `test('hangs', () => new Promise((resolve) => setTimeout(resolve, 60_000)));`;

test.serial('only what ava says counts, whatever tests and their programs print', async (t) => {
  const { passed, failed, skipped } = await count(t, { talkative, fails: onePasses + oneFails });
  t.deepEqual({ passed, failed, skipped }, { passed: 2, failed: 1, skipped: 0 });
});

test.serial('a run in which all passes has no failure', async (t) => {
  t.like(await count(t, { talkative }), { passed: 1, failed: 0, skipped: 0 });
});

const ways: Record<string, { text: string; args?: string[]; count: [passed: number, failed: number]; told: RegExp }> = {
  'an exception that nobody catches': {
    text: `test('throws later', async (t) => { setTimeout(() => { throw new Error('later'); }); await new Promise((resolve) => setTimeout(resolve, 500)); t.pass(); });`,
    count: [0, 1],
    told: /nobody caught/,
  },
  'process.exit() in one of two tests': {
    text: `${onePasses} test.serial('exits', () => process.exit(0));`,
    count: [0, 2],
    told: /process\.exit/,
  },
  'process.exit() after the last test': {
    text: `${onePasses} test.after(() => process.exit(0));`,
    count: [1, 1],
    told: /process\.exit/,
  },
  'tests that hang': {
    text: onePasses + oneHangs,
    args: ['--timeout=3s'],
    count: [1, 1],
    told: /did not come to their end/,
  },
  'a server that a test which failed has left open': {
    text: onePasses + leavesOpen('t.fail()'),
    args: ['--timeout=5s'],
    count: [1, 1],
    told: /leaves a server open[^]*process or thread failed/,
  },
  'a server that is left open though all passed': {
    text: leavesOpen('t.pass()'),
    args: ['--timeout=5s'],
    count: [1, 1],
    told: /process or thread failed/,
  },
  'a hook that fails, and the tests that it keeps from running': {
    text: `test.before(() => { throw new Error('before'); }); ${onePasses} ${oneFails}`,
    count: [0, 3],
    told: /before hook/,
  },
  'a file that cannot be read': { text: `import './missing.ts'; ${onePasses}`, count: [0, 1], told: /nobody caught/ },
  'a file without tests': { text: '', count: [0, 1], told: /no tests/ },
};
for (const [what, { text, args = [], count: expected, told }] of Object.entries(ways)) {
  test.serial(`counted: ${what}`, async (t) => {
    // Beside it runs a file whose tests pass, and are counted as they are.
    const result = await count(t, { text, talkative }, '--concurrency=2', ...args);
    const { file, failures, ...rest } = result.files.find((one) => one.file === 'test/text.test.ts') ?? t.fail();
    t.deepEqual([rest.passed, rest.failed], expected);
    t.regex(failures.join('\n'), told);
    t.deepEqual([result.passed, result.failed], [expected[0] + 1, expected[1]], file);
  });
}

test.serial('a run of no files, and one that cannot begin, count as one failure', async (t) => {
  t.like(await count(t, {}), { passed: 0, failed: 1 });
  t.like(await count(t, { talkative }, '--no-such-option=1', '--timeout=nonsense'), { passed: 0, failed: 1 });
});

test.serial('the report ends with the count, and tells what was slow and what failed', async (t) => {
  const slow = `test('takes its time', async (t) => { await new Promise((resolve) => setTimeout(resolve, 5_500)); t.pass(); });`;
  const result = await count(t, { slow, fails: onePasses + oneFails, todo: `test.todo('later');` });
  const text = report([{ name: 'parts', ...result }]);
  t.regex(text, /\n +[5-9] s {4}test\/slow\.test\.ts\n/);
  t.regex(text, /\n +\d s {4}2 of less than 5 s each\n/);
  t.regex(text, /\n✘ test\/fails\.test\.ts: fails\n/);
  t.regex(text, /\n1 skipped\n\n2 passed, 1 failed$/);
});
