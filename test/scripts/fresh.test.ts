// scripts/test-fresh.sh with what it cannot do: a sentence that says what to do, and nothing left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from '../support/run.ts';

const script = join(import.meta.dirname, '../../scripts/test-fresh.sh');

/** A folder for the roots, and one for the cache, that are gone after the test. */
function folders(t: ExecutionContext): { TMPDIR: string; WEBHOSTER_CACHE_DIR: string } {
  // Not in /tmp, which may be in memory, where there is no room for a root.
  const directory = mkdtempSync('/var/tmp/webhoster-test-fresh-');
  chmodSync(directory, 0o777);
  t.teardown(() => rmSync(directory, { recursive: true }));
  return { TMPDIR: directory, WEBHOSTER_CACHE_DIR: join(directory, 'cache') };
}

async function refusal(t: ExecutionContext, program: string, args: string[], variables = folders(t)): Promise<string> {
  const options = { env: { PATH: process.env['PATH'], ...variables }, extendEnv: false, timeout: 120_000 };
  const error = await t.throwsAsync<Error & { stdout: string; stderr: string }>(run(program, args, options));
  t.deepEqual(globSync(join(variables.TMPDIR, 'webhoster-fresh.*')), []);
  return `${error?.stdout}${error?.stderr}`;
}

test('a system that is not there is named, with those that are', async (t) => {
  t.regex(await refusal(t, script, ['debian-11']), /there is no system debian-11: name some of debian-12 debian-13/);
});

test('without root it says how', async (t) => {
  const args = ['--reuid', '65534', '--clear-groups', 'bash', script, 'debian-12'];
  t.regex(await refusal(t, 'setpriv', args), /run this with sudo/);
});

test('without room it says how much is needed, and where', async (t) => {
  const inside = `mount -t tmpfs -o size=8m none "$TMPDIR" && exec ${script} debian-12`;
  t.regex(await refusal(t, 'unshare', ['--mount', 'sh', '-c', inside]), /has room for 0 GB, and a machine needs 12/);
});

test('an archive that does not answer is told, and nothing comes after it', async (t) => {
  const output = await refusal(t, 'unshare', ['--net', script, 'debian-13']);
  t.regex(output, /The archive of debian-13 does not answer as it should/);
  t.regex(output, /\n0 passed, 1 failed\n$/);
});

test('interrupted, it leaves nothing behind', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as { port: number };
  const variables = folders(t);
  const env = { PATH: process.env['PATH'], ...variables, http_proxy: `http://127.0.0.1:${port}` };
  const child = spawn(script, ['debian-12'], { env, detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  const { pid = 0 } = child;
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('It ended before it asked for anything.')));
  await Promise.race([once(silent, 'connection'), ended]);
  t.teardown(() => child.exitCode === null && process.kill(-pid, 'SIGKILL'));
  const exit = once(child, 'exit');
  process.kill(-pid, 'SIGINT');
  t.deepEqual(await exit, [130, null]);
  t.deepEqual(globSync(join(variables.TMPDIR, 'webhoster-fresh.*')), []);
  t.deepEqual(processesOf(variables.TMPDIR), []);
  t.false((await run('/usr/sbin/nft', ['list', 'tables'])).stdout.includes(`webhoster-fresh-${pid}`));
});

/** Command lines that name a folder. */
function processesOf(directory: string): string[] {
  const lines = globSync('/proc/[0-9]*/cmdline').map((file) => {
    try {
      return readFileSync(file, 'utf8').replaceAll('\0', ' ');
    } catch {
      return ''; // It has ended meanwhile.
    }
  });
  return lines.filter((line) => line.includes(directory));
}
