// Advisories on what this is built of are told, unless they are excepted with a reason.
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { run } from './support/run.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const root = join(import.meta.dirname, '..');

/** How scripts/quality/audit.sh ends, in a copy of what it reads, against a registry that answers so. */
async function audit(t: ExecutionContext, answer: RequestListener, exceptions: object[] = []) {
  const folder = temporaryFolder(t);
  for (const file of ['package.json', 'package-lock.json', 'scripts/quality/audit.sh', 'scripts/lib/ending.sh'])
    cpSync(join(root, file), join(folder, file));
  writeFileSync(join(folder, 'scripts/quality/audit-exceptions.json'), JSON.stringify(exceptions));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { exitCode, stderr } = await ending(join(folder, 'scripts/quality/audit.sh'), {
    npm_config_registry: registry,
    npm_config_cache: join(folder, 'npm'),
  });
  t.true(asked.includes('POST /-/npm/v1/security/advisories/bulk'));
  return { exitCode, stderr };
}

const ending = (script: string, env: NodeJS.ProcessEnv = {}) =>
  run(script, [], { env, timeout: 150_000, reject: false });

const advisories = {
  koa: [
    {
      id: 1,
      url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
      title: 'It answers',
      severity: 'high',
      vulnerable_versions: '>=0.0.0',
      cwe: [],
      cvss: { score: 0, vectorString: null },
    },
  ],
};
const send = (response: Parameters<RequestListener>[1], body: object) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
const clean: RequestListener = (_, response) => send(response, {});
/** After an advisory npm asks which versions there are. */
const reporting: RequestListener = (request, response) =>
  send(
    response,
    request.method === 'POST' ? advisories : { name: decodeURIComponent(request.url?.slice(1) ?? ''), versions: {} },
  );

test('an advisory is told, unless it is excepted', async (t) => {
  t.timeout(200_000);
  t.like(await audit(t, clean), { exitCode: 0 });
  const reported = await audit(t, reporting);
  t.is(reported.exitCode, 1, reported.stderr);
  t.regex(reported.stderr, /GHSA-aaaa-bbbb-cccc, high: koa: It answers/);
  const exception = { advisory: 'GHSA-aaaa-bbbb-cccc', because: 'a test' };
  t.like(await audit(t, reporting, [exception]), { exitCode: 0 });
  const unneeded = await audit(t, clean, [exception]);
  t.is(unneeded.exitCode, 1);
  t.regex(unneeded.stderr, /remove the exception/);
});

test('a registry that does not answer is not taken for one without advisories', async (t) => {
  t.timeout(200_000);
  const refused = await audit(t, (_, response) => response.writeHead(405).end());
  t.is(refused.exitCode, 2);
  t.regex(refused.stderr, /not known, since the registry did not answer: 405/);
});

test('each exception has its reason', (t) => {
  const file = join(root, 'scripts/quality/audit-exceptions.json');
  const exceptions = JSON.parse(readFileSync(file, 'utf8')) as { advisory: string; because: string }[];
  const isGiven = ({ advisory, because }: (typeof exceptions)[0]) =>
    /^GHSA(?:-\w{4}){3}$/.test(advisory) && because.length > 30;
  t.deepEqual(
    exceptions.filter((exception) => !isGiven(exception)),
    [],
  );
});

test('the registry knows of nothing, or is not to be asked here', async (t) => {
  t.timeout(200_000);
  const { exitCode, stderr } = await ending(join(root, 'scripts/quality/audit.sh'));
  t.log(stderr.trim());
  t.true(exitCode === 0 || (exitCode === 2 && stderr.includes('not known')), stderr);
});
