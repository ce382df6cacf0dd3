// scripts/docker/jobs.sh: stages side by side.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../..');

/** A script of its own that has stages, and its log. */
function scriptOf(t: ExecutionContext, commands: string): { args: string[]; log: string } {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-test-jobs-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const log = join(directory, 'log');
  const script = `set -euo pipefail; source scripts/docker/lib.sh; LOG=${log}; cd ${directory}; ${commands}`;
  return { args: ['-c', script], log };
}

test('stages run side by side, and one of them may be awaited alone', async (t) => {
  // Each waits for a file of the other's, so that one after the other they would never end.
  const meet = (mine: string, other: string) => `touch ${mine}; until [[ -e ${other} ]]; do sleep 0.05; done`;
  const { args, log } = scriptOf(
    t,
    `one() { ${meet('a', 'b')}; echo printed; }; two() { ${meet('b', 'a')}; until [[ -e c ]]; do sleep 0.05; done; }
     begin 'the first' one; begin 'the second' two; await 'the first'; echo between; touch c; await; echo end`,
  );
  const { stdout } = await run('bash', args, { cwd: root, timeout: 20_000 });
  t.regex(stdout, /^ {2}the first +\d+ s\nbetween\n {2}the second +\d+ s\nend\n$/);
  t.is(readFileSync(log, 'utf8'), 'printed\n');
});

test('when one fails its last words are shown, and the others are ended', async (t) => {
  const { args } = scriptOf(t, `bad() { sleep 0.3; echo why; return 3; }; begin long sleep 987; with_progress bad bad`);
  const error = await t.throwsAsync<Error & { stderr: string; exitCode: number }>(
    run('bash', args, { cwd: root, timeout: 20_000 }),
  );
  t.is(error?.exitCode, 1);
  t.regex(error?.stderr ?? '', /^why\nThis failed: bad\. Its last lines stand above/);
  await t.throwsAsync(run('pgrep', ['--full', '^sleep 987$']));
});

test('one that was killed is said to have been', async (t) => {
  const { args } = scriptOf(t, `with_progress crash sh -c 'kill -SEGV $$'`);
  const error = await t.throwsAsync<Error & { stderr: string }>(run('bash', args, { cwd: root }));
  t.regex(error?.stderr ?? '', /This failed: crash \(it was killed by SIGSEGV\)/);
});

test('a stage fails at the first command of it that fails', async (t) => {
  const { args } = scriptOf(t, `part() { false; echo went on; }; with_progress part part`);
  const error = await t.throwsAsync<Error & { stderr: string }>(run('bash', args, { cwd: root }));
  t.notRegex(error?.stderr ?? '', /went on/);
});

test('a stage inherits no open file', async (t) => {
  const { args, log } = scriptOf(t, `exec 7>x 8>y 33>z; with_progress files sh -c 'ls /proc/$$/fd'`);
  await run('bash', args, { cwd: root });
  t.is(readFileSync(log, 'utf8'), '0\n1\n2\n');
});

test('interrupted, it ends what is at work', async (t) => {
  const { args } = scriptOf(t, `begin one sleep 986; begin two sleep 986; await`);
  const child = spawn('bash', args, { cwd: root, detached: true, stdio: 'ignore' });
  const { pid = 0 } = child;
  while ((await run('pgrep', ['--full', '^sleep 986$']).catch(() => ({ stdout: '' }))).stdout.split('\n').length < 3);
  const exit = once(child, 'exit');
  process.kill(-pid, 'SIGINT');
  t.deepEqual(await exit, [130, null]);
  await t.throwsAsync(run('pgrep', ['--full', '^sleep 986$']));
});

test('how far a stage is is read from what it says', async (t) => {
  const said = [
    'Step 3/9 : RUN x',
    'toolchain:   45s  compiled 812 of at most 2143 packages',
    'pmstatus:curl:42.8571:Installing',
    'x',
  ];
  const commands = said.map((line) => `echo '${line}' >o; job_output[x]=o; how_far x; echo`).join('; ');
  const { args } = scriptOf(t, commands);
  const { stdout } = await run('bash', args, { cwd: root });
  t.is(stdout, ' 3 of 9\n\n 812 of at most 2143\n\n 42 %\n\n\n');
});
