import { join } from 'node:path';
import process from 'node:process';
import { observeRun, resultsVariable } from './scripts/tests/observe.ts';

// Only for who reads the results, since ava warns of its experiments each time.
const observed = process.env[resultsVariable]
  ? { nonSemVerExperiments: { observeRunsFromConfig: true }, observeRun }
  : {};

// For each file's process, and milliseconds.
const endLingering = [join(import.meta.dirname, 'scripts/tests/end-lingering.ts'), 30_000];

export default {
  extensions: ['ts'],
  files: ['test/**/*.test.ts'],
  timeout: '5m',
  require: [endLingering],
  ...observed,
};
