// How a program ended is told as it was, by real programs that end in each way.
import test from 'ava';
import { endingInWords, CommandError, runCommand } from '../../programs/run-command.ts';

const shell = (script: string, timeout = 30_000, input = '') => runCommand(['sh', '-c', script], { timeout, input });

test('what it printed is the result, and it can be told something', async (t) => {
  t.is(await shell('cat; echo beside >&2', 30_000, 'told'), 'told');
  t.is(await runCommand(['pwd'], { timeout: 30_000, cwd: '/usr' }), '/usr\n');
});

const ways: Record<string, { script: string; timeout?: number; ending: object; reason: string }> = {
  'by a segmentation fault': {
    script: 'kill -SEGV $$',
    ending: { status: null, signal: 'SIGSEGV' },
    reason: 'it was killed by SIGSEGV',
  },
  'by a segmentation fault, after a complaint': {
    script: 'echo oh >&2; kill -SEGV $$',
    ending: { status: null, signal: 'SIGSEGV' },
    reason: 'it was killed by SIGSEGV: oh',
  },
  'by somebody else’s SIGTERM': {
    script: 'kill -TERM $$',
    ending: { status: null, signal: 'SIGTERM' },
    reason: 'it was killed by SIGTERM',
  },
  'with a status': { script: 'exit 3', ending: { status: 3, signal: null }, reason: 'it ended with status 3' },
  'with a status and a complaint': { script: 'echo no >&2; exit 3', ending: { status: 3 }, reason: 'no' },
  'because it took too long': {
    script: 'exec sleep 30',
    timeout: 300,
    ending: { limit: 300 },
    reason: 'it did not end in 0.3 s',
  },
  'because it took too long, in good order': {
    script: 'trap "exit 0" TERM; echo slow >&2; sleep 30 >/dev/null 2>&1 & wait',
    timeout: 300,
    ending: { status: 0, limit: 300 },
    reason: 'it did not end in 0.3 s: slow',
  },
};
for (const [what, { script, timeout, ending, reason }] of Object.entries(ways)) {
  test(`a program ended ${what}`, async (t) => {
    const error = await t.throwsAsync<CommandError>(shell(script, timeout), { instanceOf: CommandError });
    t.like(error?.ending, ending);
    t.is(error?.reason, reason);
    t.is(error?.message, `sh -c ${script}: ${reason}`);
  });
}

test('one that will not end is ended, though what it has started holds its output', async (t) => {
  const start = Date.now();
  const error = await t.throwsAsync<CommandError>(shell('trap "" TERM; sleep 20; sleep 20', 300));
  t.like(error?.ending, { signal: 'SIGKILL', limit: 300 });
  t.true(Date.now() - start < 15_000);
});

test('one whose caller stops is ended, though what it has started holds its output', async (t) => {
  const start = Date.now();
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 300);
  const running = runCommand(['sh', '-c', 'sleep 20; sleep 20'], { timeout: 30_000, signal: stopping.signal });
  const error = await t.throwsAsync<CommandError>(running, { instanceOf: CommandError });
  t.like(error?.ending, { signal: 'SIGTERM', limit: undefined });
  t.true(Date.now() - start < 10_000);
});

test('one that is not there is an error of its own', async (t) => {
  await t.throwsAsync(runCommand(['/no/such/program'], { timeout: 1_000 }), {
    message: /^\/no\/such\/program: spawn .* ENOENT$/,
  });
});

test('the words for one that was started in another way', (t) => {
  t.is(endingInWords({ status: null, signal: 'SIGKILL' }), 'it was killed by SIGKILL');
  t.is(endingInWords({ status: 0, signal: null }), 'it ended with status 0');
});
