// Agreement to the terms of a certificate authority, as scripts/docker-start.sh asks for it: its own function.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { startScripted } from '../support/acme/scripted.ts';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const terms = 'https://ca.example/terms.pdf';
const before = 'NODE_NAME=local\n';

interface Asked {
  /** What somebody types; without it there is no terminal. */
  answer?: string;
  meta?: object;
  agreed?: string;
  down?: boolean;
  /** What `.env` has before. */
  kept?: string;
}

/** @returns how it ended, what it said, and the `.env` after it */
async function ask(
  t: ExecutionContext,
  { answer, meta = { termsOfService: terms }, agreed = '', down = false, kept = before }: Asked,
) {
  const authority = await startScripted();
  t.teardown(() => authority.stop());
  authority.answers['/dir'] = down ? { status: 503, body: '<html>' } : { body: { newOrder: 'x', meta } };
  const folder = temporaryFolder(t);
  const [file, ca] = [join(folder, '.env'), join(folder, 'ca.pem')];
  writeFileSync(file, kept);
  writeFileSync(ca, authority.ca);
  const script = join(folder, 'script');
  writeFileSync(
    script,
    `set -euo pipefail; cd ${join(import.meta.dirname, '../..')}
    for part in lib terms; do . scripts/docker/$part.sh; done
    ROOT=${folder} YES=yes; agree_to_terms; echo "agreed: \${ACME_TERMS_AGREED:-}"`,
  );
  const env = { ACME_DIRECTORY: authority.directory, ACME_CA_FILE: ca, ACME_TERMS_AGREED: agreed };
  const options = { env, reject: false, input: answer === undefined ? '' : `${answer}\n` };
  const ended = await (answer === undefined
    ? run('bash', [script], options)
    : run('script', ['-qec', `bash ${script}`, '/dev/null'], options));
  return { status: ended.exitCode, said: `${ended.stdout}${ended.stderr}`, env: readFileSync(file, 'utf8') };
}

test('who agrees is asked once, and the answer is kept', async (t) => {
  const { status, said, env } = await ask(t, { answer: 'y' });
  t.is(status, 0, said);
  t.true(said.includes(terms));
  t.is(env, `${before}ACME_TERMS_AGREED=yes\n`);
  t.regex((await ask(t, { agreed: 'yes', down: true })).said, /agreed: yes/, 'the authority is not even asked');
});

test('a last line that does not end stays a line of its own', async (t) => {
  const { env } = await ask(t, { answer: 'y', kept: before.trimEnd() });
  t.is(env, `${before}ACME_TERMS_AGREED=yes\n`);
});

test('who does not agree goes no further', async (t) => {
  for (const answer of ['n', '', 'no']) {
    const { status, env } = await ask(t, { answer });
    t.is(status, 1);
    t.is(env, before);
  }
});

test('without a terminal it has to be said by a variable, and --yes does not say it', async (t) => {
  const { status, said, env } = await ask(t, {});
  t.is(status, 1);
  t.regex(said, /set ACME_TERMS_AGREED=yes/);
  t.is(env, before);
});

test('an authority without terms asks for no agreement', async (t) => {
  const { status, env } = await ask(t, { meta: {} });
  t.is(status, 0);
  t.is(env, `${before}ACME_TERMS_AGREED=yes\n`);
});

test('an authority that does not answer as one is told', async (t) => {
  const { status, said, env } = await ask(t, { down: true });
  t.is(status, 1);
  t.regex(said, /does not answer at https:\/\/localhost/);
  t.is(env, before);
});

test('what the terms’ address has in it that no address has does not reach the terminal', async (t) => {
  const { said } = await ask(t, { meta: { termsOfService: '\u001b[2Jhttps://ca.example/`id`' } });
  t.true(said.includes('2Jhttps://ca.example/id'));
  t.false(said.includes('\u001b'));
});
