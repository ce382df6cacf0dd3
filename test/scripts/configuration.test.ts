// The .env that scripts/docker-start.sh makes at its first run: its own function.
import { join } from 'node:path';
import test from 'ava';
import { run } from '../support/run.ts';

/** What is written when these variables are set, and all others are as they are by default. */
async function written(environment: NodeJS.ProcessEnv): Promise<string[]> {
  const script = `set -euo pipefail
    for part in lib preflight configuration; do . scripts/docker/$part.sh; done
    ROOT=/nonexistent
    set_defaults
    refuse_old_state
    write_configuration`;
  const { PATH, HOME } = process.env;
  const { stdout } = await run('bash', ['-c', script], {
    cwd: join(import.meta.dirname, '../..'),
    extendEnv: false,
    env: { PATH, HOME, COMPOSE_PROJECT_NAME: 'webhoster-nowhere', ...environment },
  });
  return stdout.split('\n');
}

test('networks that VMs are to be kept from are written down, and not lost at the next run', async (t) => {
  const networks = '203.0.113.0/24,198.51.100.7/32';
  t.true((await written({ VM_REFUSED_NETWORKS: networks })).includes(`VM_REFUSED_NETWORKS=${networks}`));
  t.false((await written({})).some((line) => line.startsWith('VM_REFUSED_NETWORKS')));
  await t.throwsAsync(written({ VM_REFUSED_NETWORKS: '203.0.113.0/24; reboot' }), { message: /letters, digits and/ });
});
