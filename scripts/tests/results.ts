/** What ava has counted of one test file. */
export interface FileResult extends Count {
  /** Path from the root of the checkout. */
  file: string;
  /** What of it failed: titles of tests and hooks, and in words what happened to the file. */
  failures: string[];
  /** From its start to its end, with all that is prepared and cleared away. */
  seconds: number;
}

export interface Count {
  passed: number;
  /** Tests and hooks that failed, and tests that did not come to their end. At least one when the file broke. */
  failed: number;
  skipped: number;
}

/** The parts of ava's own figures of a file that we count (ava/types/state-change-events.d.ts). */
export interface FileStats {
  declaredTests: number;
  failedHooks: number;
  failedTests: number;
  passedKnownFailingTests: number;
  passedTests: number;
  remainingTests: number;
  skippedTests: number;
  todoTests: number;
}

/** @param broke whether the file ended otherwise than by having run its tests, e.g. by an exception that nobody caught */
export function countFile(stats: FileStats, broke: boolean): Count {
  const failed = stats.failedTests + stats.failedHooks + stats.remainingTests;
  return {
    passed: stats.passedTests + stats.passedKnownFailingTests,
    failed: failed === 0 && broke ? 1 : failed,
    skipped: stats.skippedTests + stats.todoTests,
  };
}

export function add(counts: Count[]): Count {
  const sum = (part: keyof Count) => counts.reduce((all, count) => all + count[part], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/**
 * Adds up a run of ava. One that failed, or ran nothing, without naming a test counts as one that failed.
 * @param ended whether ava itself ended well, which it does not when anything failed
 */
export function countRun(files: FileResult[], ended: boolean): Count {
  const count = add(files);
  return count.failed === 0 && (!ended || count.passed === 0) ? { ...count, failed: 1 } : count;
}
