import process from 'node:process';
import { observeRun, resultsVariable } from './scripts/tests/observe.ts';

// Only for who reads the results, since ava warns of its experiments each time.
const observed = process.env[resultsVariable]
  ? { nonSemVerExperiments: { observeRunsFromConfig: true }, observeRun }
  : {};

export default { extensions: ['ts'], files: ['test/**/*.test.ts'], timeout: '5m', ...observed };
