import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultsVariable } from './observe.ts';
import { type Count, countRun, type FileResult } from './results.ts';

export interface AvaResult extends Count {
  seconds: number;
  files: FileResult[];
}

export interface AvaOptions {
  /** Options of ava, and patterns of files. */
  args: string[];
  /** The checkout, or another folder whose `ava.config.js` observes as ours does. */
  cwd: string;
  /** Milliseconds for all of it. Ava itself ends tests that hang. */
  timeout: number;
  /** Where its output goes: by default where this process's goes. */
  output?: 'inherit' | 'ignore';
}

/** Runs tests. @returns what ava counted, however it ended */
export async function runAva({ args, cwd, timeout, output = 'inherit' }: AvaOptions): Promise<AvaResult> {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-tests-'));
  const results = join(directory, 'results.json');
  const start = performance.now();
  try {
    const env = { ...process.env, [resultsVariable]: results };
    const ava = spawn('ava', args, { cwd, env, stdio: ['ignore', output, output], timeout });
    const [status] = (await once(ava, 'exit')) as [number | null];
    const files = read(results);
    return { files, seconds: (performance.now() - start) / 1_000, ...countRun(files, status === 0) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function read(file: string): FileResult[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as FileResult[];
  } catch (error) {
    // Ava did not come as far as its first file, and has said why.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
