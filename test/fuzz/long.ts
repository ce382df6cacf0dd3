// The long mode: rounds of cases, each with a seed and users of its own, until there were as many as asked for.
import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fuzz, installSchemathesis } from './fuzz.ts';
import { noLimits, startFuzzTarget } from '../support/api/fuzz-target.ts';

const wanted = Number(process.argv[2]);
const examples = 100;
const askers = { users: {}, 'an operator': { as: 'operator' as const } };
type Who = keyof typeof askers;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stopping.abort());

const program = await installSchemathesis();
const api = await startFuzzTarget(noLimits);
const start = performance.now();
let cases = 0;
let failures = 0;

async function round(who: Who): Promise<void> {
  const seed = randomInt(2 ** 32);
  const options = { examples, seed, timeout: 3_600_000, signal: stopping.signal, ...askers[who] };
  const result = await fuzz(program, api, options);
  cases += result.cases;
  failures += result.failures.length;
  console.log(`seed ${seed}, ${who}: ${result.cases} cases, ${result.failures.length} failures`);
  if (result.failures.length > 0) console.log(result.output);
}

/** Schemathesis works with one core: it makes up requests for longer than they take. */
async function rounds(): Promise<void> {
  while (cases <= wanted) for (const who of ['users', 'an operator'] as const) await round(who);
}

const lanes = await Promise.allSettled(Array.from({ length: availableParallelism() }, rounds));
await api.stop();
for (const lane of lanes) if (lane.status === 'rejected') console.error(lane.reason);
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
console.log(`${cases} cases in ${minutes} minutes, ${failures} failures`);
process.exitCode = failures === 0 && cases > wanted && lanes.every(({ status }) => status === 'fulfilled') ? 0 : 1;
