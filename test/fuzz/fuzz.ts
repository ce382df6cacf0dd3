import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiPrefix } from '../../api/protocol.ts';
import type { TestApi } from '../support/api/api.ts';
import { makeFuzzOperator } from './fuzz-operator.ts';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../..');

const reportName = 'report.json';

export interface FuzzOptions {
  /** Cases that are made up for each call; to them come those that cover the document, and sequences. */
  examples: number;
  /** The same seed makes up the same cases. */
  seed: number;
  /** Who asks: a user beside another, unless it is an operator, who asks for what only operators may. */
  as?: 'operator';
  /** Only this call, by its path in the document. */
  path?: string;
  /** Milliseconds. */
  timeout: number;
  /** Breaks it off. */
  signal?: AbortSignal;
}

export interface FuzzResult {
  /** How many were sent and looked at. */
  cases: number;
  /** Each with the calls that it was found in. */
  failures: { title: string; operations: string[] }[];
  /** Calls that succeeded at least once. */
  reached: string[];
  /** What schemathesis printed: findings with the request that repeats them. */
  output: string;
}

/** What the report of schemathesis has that is used here. */
interface Report {
  complete: boolean;
  test_cases: { generated: number; without_checks: number; errored: number };
  failures: { title: string; operations: string[] }[];
  errors: unknown[];
  valid_rates: Record<string, Record<string, { accepted: number }>>;
}

/** Installs schemathesis unless it is there. @returns its path. */
export async function installSchemathesis(): Promise<string> {
  const script = join(root, 'scripts/quality/install-python-tool.sh');
  const { stdout } = await run(script, ['schemathesis'], { timeout: 300_000 });
  return join(stdout.trim().split('\n').at(-1) ?? '', 'schemathesis');
}

/** Lets schemathesis ask everything that the document of an API allows, and what it does not. @throws when it did not get to the end */
export async function fuzz(program: string, api: TestApi, options: FuzzOptions): Promise<FuzzResult> {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-fuzz-'));
  try {
    const output = await runSchemathesis(program, api, options, directory);
    const report = JSON.parse(readFileSync(join(directory, reportName), 'utf8')) as Report;
    if (!report.complete || report.errors.length > 0)
      throw new Error(`schemathesis did not get to the end:\n${output}`);
    return { ...summarize(report), output };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function runSchemathesis(program: string, api: TestApi, options: FuzzOptions, directory: string) {
  const { url } = api;
  const { examples, seed, timeout, signal } = options;
  const config = join(root, 'test/fuzz/schemathesis.toml');
  const limits = ['--max-examples', String(examples), '--seed', String(seed), ...callsOf(options)];
  const report = ['--report', 'json', '--report-json-path', reportName, '--no-color'];
  const env = { FUZZ_URL: url, PYTHONDONTWRITEBYTECODE: '1', ...(await hooksOf(api, options)) };
  const args = ['--config-file', config, 'run', `${url}/openapi.json`, '--url', url, ...limits, ...report];
  // It leaves notes where it runs, for its next run.
  return run(program, args, { env, timeout, cwd: directory, ...(signal && { cancelSignal: signal }) }).then(
    ({ stdout }) => stdout,
    // 1: it ran, and found something. The report says what.
    (error: { exitCode?: unknown; stdout?: string }) => {
      if (error.exitCode !== 1 || !error.stdout) throw error;
      return error.stdout;
    },
  );
}

/** Which calls are asked for. */
function callsOf({ path, as }: FuzzOptions): string[] {
  // Sequences lead from call to call.
  if (path) return ['--include-path', path, '--phases', 'examples,coverage,fuzzing'];
  return as === 'operator' ? ['--include-path-regex', `^${apiPrefix}/admin/`] : [];
}

async function hooksOf(api: TestApi, { as }: FuzzOptions): Promise<NodeJS.ProcessEnv> {
  const folder = join(root, 'test/fuzz');
  // For what both have in common.
  const common = { PYTHONPATH: folder };
  if (as !== 'operator') return { ...common, FUZZ_HOOKS: join(folder, 'hooks.py') };
  const operator = JSON.stringify(await makeFuzzOperator(api));
  return { ...common, FUZZ_HOOKS: join(folder, 'operator_hooks.py'), FUZZ_OPERATOR: operator };
}

function summarize({ test_cases: counts, failures, valid_rates: rates }: Report): Omit<FuzzResult, 'output'> {
  const accepted = (phases: Record<string, { accepted: number }>) =>
    Object.values(phases).some((one) => one.accepted > 0);
  return {
    cases: counts.generated - counts.without_checks - counts.errored,
    failures: failures.map(({ title, operations }) => ({ title, operations })),
    reached: Object.keys(rates).filter((call) => accepted(rates[call] ?? {})),
  };
}
