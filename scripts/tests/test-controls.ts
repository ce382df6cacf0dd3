import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import type { Control } from '../../test/controls/control.ts';
import { controls } from '../../test/controls/list.ts';
import { runAva } from './ava.ts';

const root = join(import.meta.dirname, '../..');
/** Milliseconds for one test file. */
const timeout = 10 * 60_000;

/** The sources as they are, in a folder of their own, with the same packages and toolchain. */
function copyCheckout(): string {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-controls-'));
  const files = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  for (const path of execaSync('git', files, { cwd: root, timeout: 60_000 }).stdout.split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    cpSync(join(root, path), join(directory, path));
  }
  for (const shared of ['node_modules', '.toolchain']) symlinkSync(join(root, shared), join(directory, shared));
  return directory;
}

/** What of a test file fails: its tests, or what else keeps it from passing, like a test that never ends. */
async function failing(test: string, directory: string): Promise<string[]> {
  const { files, failed } = await runAva({ args: [test], cwd: directory, timeout, output: 'ignore' });
  const failures = files.flatMap((file) => file.failures);
  return failures.length > 0 || failed === 0 ? failures : ['it ended without a result'];
}

/** The tests that fail without a control. */
async function noticing({ file, from, to, test }: Control, directory: string): Promise<string[]> {
  const path = join(directory, file);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    whole.replace(from, () => to),
  );
  try {
    return await failing(test, directory);
  } finally {
    writeFileSync(path, whole);
  }
}

const [, , part = ''] = process.argv;
const chosen = controls.filter(({ what, file, test }) => `${what} ${file} ${test}`.includes(part));
const directory = copyCheckout();
let missed = 0;
try {
  for (const test of new Set(chosen.map(({ test }) => test))) {
    const broken = await failing(test, directory);
    if (broken.length > 0) throw new Error(`${test} fails with all controls in place: ${broken.join(', ')}`);
  }
  for (const control of chosen) {
    const [first, ...others] = await noticing(control, directory);
    // What keeps a test from being prepared has broken something, and taken nothing away.
    const isNoticed = first !== undefined && !/\bhook\b/.test(first);
    if (!isNoticed) missed++;
    console.log(isNoticed ? `✔ ${control.what}` : `✘ no test notices: ${control.what} (${control.test})`);
    if (first) console.log(`    ${first}${others.length > 0 ? `, and ${others.length} more` : ''}`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
console.log(`\n${chosen.length - missed} passed, ${missed} failed`);
process.exitCode = missed === 0 && chosen.length > 0 ? 0 : 1;
