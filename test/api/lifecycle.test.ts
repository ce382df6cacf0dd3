// A process that is told to stop does so in good order, whatever it does at that moment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'ava';

const root = join(import.meta.dirname, '../..');
const stopping = `
  import { onStopSignal } from './api/processes/lifecycle.ts';
  import { runCommand } from './programs/run-command.ts';
  // To give something back takes a moment.
  onStopSignal(async () => {
    await runCommand(['sleep', '0.3'], { timeout: 10_000 });
    console.log('gave back what it held');
  });
  runCommand(['sleep', '30'], { timeout: 60_000 }).catch(() => undefined);
  console.log('runs');`;

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} while a command runs is no reason to drop everything`, async (t) => {
    t.timeout(60_000);
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', stopping], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    let said = '';
    for await (const chunk of child.stdout) {
      said += String(chunk);
      // Told twice, as by an operator who is in a hurry.
      if (said === 'runs\n') for (let times = 0; times < 2; times++) child.kill(signal);
    }
    t.deepEqual(await ended, [0, null]);
    t.is(said, 'runs\ngave back what it held\n');
  });
