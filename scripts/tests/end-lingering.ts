import { registerCompletionHandler } from 'ava';

/**
 * Ends the process of a test file, as one that failed, when something that it opened and did not close keeps it alive after its
 * last test and hook. Ava itself (8.0) waits for that without an end where a test has a time limit of its own. Ava calls this
 * in each process before its file (`ava.config.js`).
 * @param milliseconds that what was being closed may take
 */
export default function endLingering(milliseconds: number): void {
  registerCompletionHandler(() => {
    const end = () => {
      const left = process.getActiveResourcesInfo().join(', ');
      console.error(`This file's tests have ended, and its process has not: it left open ${left}.`);
      process.exit(1);
    };
    setTimeout(end, milliseconds).unref();
  });
}
