import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeKey } from '../support/guest/guest.ts';
import { run } from '../support/run.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

/** The commands under a heading of the README, block after block. */
export function commandsUnder(heading: string): string[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, commands = '']) => commands);
}

/** As what a reader types these programs do here: with the reader's key, without questions, and as root already. */
const programs: Record<string, string> = {
  ssh: 'exec /usr/bin/ssh -i "$HOME/.ssh/id_ed25519" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$@" </dev/null',
  sftp: 'exec /usr/bin/sftp -i "$HOME/.ssh/id_ed25519" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "$@"',
  sudo: 'exec "$@"',
};

/**
 * Has a shell do what a reader of the README does who has a key, one line after the other.
 * @param commands with `http://localhost` for the installation
 * @returns what was printed. @throws with that, when a command fails
 */
export async function follow(
  commands: string,
  { url, directory }: { url: string; directory: string },
): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), 'webhoster-reader-'));
  const bin = join(home, 'bin');
  try {
    mkdirSync(bin);
    mkdirSync(join(home, '.ssh'), { mode: 0o700 });
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    makeKey(join(home, '.ssh'), 'id_ed25519');
    // Through a pipe: /dev/stderr cannot be opened where it is a socket, as it is between Node's processes.
    const script = `set -euo pipefail\n{ ${commands.replaceAll('http://localhost', url)}\n} 2>&1 | cat`;
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: home };
    const { stdout } = await run('bash', ['-c', script], { cwd: directory, env, extendEnv: false, timeout: 600_000 });
    return stdout;
  } finally {
    rmSync(home, { recursive: true });
  }
}
