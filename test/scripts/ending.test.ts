import { join } from 'node:path';
import test from 'ava';
import { run } from '../support/run.ts';

const script = join(import.meta.dirname, '../../scripts/lib/ending.sh');

const ways: Record<string, [command: string, words: string]> = {
  'by a segmentation fault': [`timeout 20 sh -c 'kill -SEGV $$'`, 'it was killed by SIGSEGV'],
  'by force': [`timeout 20 sh -c 'kill -KILL $$'`, 'it was killed by SIGKILL'],
  'because it took too long': ['timeout 0.2 sleep 20', 'it did not end in 0.2 s'],
  'with a status': [`timeout 20 sh -c 'exit 3'`, 'it ended with status 3'],
};
for (const [what, [command, words]] of Object.entries(ways)) {
  test(`a script tells that a program ended ${what}`, async (t) => {
    const text = `source ${script}; status=0; ${command} || status=$?; ending_in_words "$status" '0.2 s'`;
    t.is((await run('bash', ['-c', text])).stdout, `${words}\n`);
  });
}
