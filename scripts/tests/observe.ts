import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { ObservedRun } from 'ava/internal';
import { countFile, type FileResult, type FileStats } from './results.ts';

/** The variable that names the file for the results. */
export const resultsVariable = 'WEBHOSTER_TEST_RESULTS';

/** Ava's events, of which its types leave some out (8.0: lib/run-status.js, lib/fork.js). */
interface AvaEvent {
  type: string;
  testFile?: string;
  title?: string;
  stats?: { byFile: Map<string, FileStats> };
}

/** What happens to a file that breaks, whatever its tests have said before. */
const breaks: Record<string, string> = {
  'uncaught-exception': 'an exception that nobody caught',
  'unhandled-rejection': 'a promise that was rejected, and nobody cared',
  'process-exit': 'it called process.exit()',
  'internal-error': 'ava itself failed',
  'worker-failed': 'its process or thread failed',
};
const ends = ['worker-failed', 'worker-finished'];

/**
 * Keeps what ava counts in the file that {@link resultsVariable} names, after every event, so that it is there however ava
 * ends. Ava calls this as a run begins (`ava.config.js`). Nothing that tests print can pass itself off as a result here,
 * and TAP would not do: ava's ends with an exception on `process.exit()` and on time-outs, and leaves out stacks (8.1.2).
 */
export async function observeRun(run: ObservedRun): Promise<void> {
  const target = process.env[resultsVariable];
  // Not for another ava that a test starts.
  delete process.env[resultsVariable];
  if (target === undefined) return;
  const results = new Results();
  for await (const event of run.events as AsyncIterable<AvaEvent>) {
    results.take(event);
    writeFileSync(target, JSON.stringify(results.files()));
  }
}

class Results {
  #stats = new Map<string, FileStats>();
  readonly #failures = new Map<string, string[]>();
  readonly #started = new Map<string, number>();
  readonly #ended = new Map<string, number>();
  readonly #broken = new Set<string>();

  take({ type, testFile, title, stats }: AvaEvent): void {
    if (stats) this.#stats = stats.byFile;
    if (testFile === undefined) return;
    if (!this.#started.has(testFile)) this.#started.set(testFile, performance.now());
    if (ends.includes(type)) this.#ended.set(testFile, performance.now());
    const breaking = breaks[type];
    if (breaking !== undefined) this.#broken.add(testFile);
    const failure = ['test-failed', 'hook-failed'].includes(type) ? title : breaking;
    if (failure !== undefined) this.#failures.set(testFile, [...(this.#failures.get(testFile) ?? []), failure]);
  }

  files(): FileResult[] {
    return [...this.#stats].map(([path, stats]) => {
      const ended = this.#ended.get(path);
      const seconds = ((ended ?? performance.now()) - (this.#started.get(path) ?? performance.now())) / 1_000;
      const failures = [...(this.#failures.get(path) ?? [])];
      const isEmpty = ended !== undefined && stats.declaredTests === 0;
      if (isEmpty && failures.length === 0) failures.push('it has no tests');
      if (stats.remainingTests > 0) failures.push(`${stats.remainingTests} that did not come to their end`);
      const count = countFile(stats, isEmpty || this.#broken.has(path));
      return { file: relative('', path), ...count, failures, seconds };
    });
  }
}
