// What scripts/docker-start.sh --check says of the files for a certificate authority: real users and modes.
import { chmodSync, chownSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { says } from './preflight.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const nobody = 65_534;

/** A folder of data with both files as they should be. */
function make(t: ExecutionContext) {
  const data = temporaryFolder(t);
  const folder = join(data, 'acme');
  mkdirSync(folder);
  const [ca, hook] = [join(folder, 'ca.pem'), join(folder, 'hook')];
  writeFileSync(ca, 'a certificate', { mode: 0o600 });
  writeFileSync(hook, '#!/bin/sh\n', { mode: 0o700 });
  const told = (settings: NodeJS.ProcessEnv = {}) => {
    const named = { ACME_DIRECTORY: 'https://acme.example/dir', ACME_CA_FILE: ca, ACME_DNS_HOOK: hook };
    return says('check_authority', { environment: { WEBHOSTER_DATA_DIR: data, ...named, ...settings } });
  };
  return { data, folder, ca, hook, told };
}

test('files that are root’s are good, and none without an authority', async (t) => {
  const { ca, hook, told } = make(t);
  t.is(await told(), `  ✔ ACME_CA_FILE: ${ca}\n  ✔ ACME_DNS_HOOK: ${hook}\n0\n`);
  t.is(await told({ ACME_CA_FILE: '', ACME_DNS_HOOK: '' }), '0\n');
  t.is(await told({ ACME_DIRECTORY: '', ACME_CA_FILE: '/none' }), '0\n');
});

test('those that are another user’s alone are named, with what to do', async (t) => {
  const { folder, ca, hook, told } = make(t);
  for (const file of [ca, hook]) chownSync(file, nobody, nobody);
  const said = await told();
  t.regex(said, /✘ ACME_CA_FILE: workers, who are root without [^]*cannot read it: say/);
  t.regex(said, /✘ ACME_DNS_HOOK: workers, [^]*cannot run it: say/);
  t.true(said.includes(`chown -R root:root ${folder} && chmod -R u+rX ${folder} && chmod u+x ${hook}\n`));
  t.true(said.endsWith('\n2\n'));
  chmodSync(ca, 0o644);
  chmodSync(hook, 0o755);
  t.regex(await told(), /✔[^]*✔[^]*\n0\n$/);
});

test('so is what nobody may run, and a folder that is shut', async (t) => {
  const { folder, hook, told } = make(t);
  chmodSync(hook, 0o644);
  t.regex(await told(), /✔ ACME_CA_FILE[^]*✘ ACME_DNS_HOOK[^]*\n1\n$/);
  chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o700);
  t.regex(await told(), /✘ ACME_CA_FILE[^]*✘ ACME_DNS_HOOK[^]*\n2\n$/);
});

test('what is above the folder does not count, as it is not so for workers', async (t) => {
  const { data, told } = make(t);
  chownSync(data, nobody, nobody);
  chmodSync(data, 0o700);
  t.regex(await told(), /✔ ACME_CA_FILE[^]*✔ ACME_DNS_HOOK[^]*\n0\n$/);
});

test('files that are not there, or where workers see nothing', async (t) => {
  const { data, folder, ca, told } = make(t);
  t.regex(await told({ ACME_CA_FILE: join(folder, 'none') }), /✘ ACME_CA_FILE: there is no file [^]*\n1\n$/);
  const outside = join(data, 'ca.pem');
  renameSync(ca, outside);
  const elsewhere = new RegExp(`✘ ACME_CA_FILE is not below ${folder}, [^]* write ACME_CA_FILE=${ca}\n[^]*\n1\n$`);
  t.regex(await told({ ACME_CA_FILE: outside }), elsewhere);
  t.regex(await told({ ACME_CA_FILE: join(folder, '../ca.pem') }), elsewhere);
  symlinkSync(outside, ca);
  t.regex(await told(), /✘ ACME_CA_FILE is not below/);
});
