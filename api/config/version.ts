import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };

/** The commit of the checkout; null where this is none. */
export const commit = gitCommit();

function gitCommit(): string | null {
  try {
    return execFileSync('git', ['-C', root, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 5_000,
    }).trim();
  } catch {
    // No git, or no checkout: the version alone has to do.
    return null;
  }
}
