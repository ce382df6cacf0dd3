// What the built programs were made without, and that what we use of them is there. Each carries the list of its modules.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execaSync } from 'execa';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../..');
const parts = join(root, 'scripts/toolchain');
const cli = join(root, '.toolchain/bin/pulumi');
const [bridge = ''] = globSync('.toolchain/home/plugins/resource-terraform-provider-*/pulumi-resource-*', {
  cwd: root,
});
const clouds = /^(github\.com\/(aws|Azure\/azure-sdk-for-go|envoyproxy|hashicorp\/vault|pb33f)|cloud\.google\.com)\//;

/** The modules that a program consists of, and those that folders of ours stand in for. */
function modulesOf(program: string): { all: string[]; left: string[] } {
  const list = readFileSync(program, 'latin1');
  // It is in there twice.
  const names = (pattern: RegExp) => [...new Set([...list.matchAll(pattern)].map(([, name = '']) => name))];
  return { all: names(/\ndep\t(\S+)\t/g), left: names(/\ndep\t(\S+)\t\S+\n=>\t\.\.\/without\//g) };
}

/** Where the release of the CLI can be had, ours is the release. */
const isBuilt = () => modulesOf(cli).left.length > 0;

/** A folder with a project and a state in it, and the CLI there. */
function project(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'toolchain-cli-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'Pulumi.yaml'), 'name: some\nruntime: nodejs\n');
  const settings = { PULUMI_HOME: folder, PULUMI_SKIP_UPDATE_CHECK: 'true', PULUMI_CONFIG_PASSPHRASE: 'some' };
  return async (args: string[], backend = `file://${folder}`) => {
    const env = { ...settings, PULUMI_BACKEND_URL: backend };
    const ended = await run(cli, [...args, '--non-interactive'], { cwd: folder, env, reject: false });
    return (ended.failed ? ended.stderr : ended.stdout).trim();
  };
}

test('the bridge is built without what it would download with, and without clouds', (t) => {
  const { all, left } = modulesOf(join(root, bridge));
  t.true(all.length > 50);
  t.deepEqual(left, [
    'github.com/hashicorp/go-getter',
    'github.com/pulumi/pulumi-yaml',
    'go.opentelemetry.io/contrib/exporters/autoexport',
  ]);
  t.deepEqual(
    all.filter((name) => clouds.test(name)),
    [],
  );
});

test('a built CLI is without clouds and without dictionaries of passwords', (t) => {
  if (!isBuilt()) return t.pass();
  const { all, left } = modulesOf(cli);
  t.deepEqual(left, ['github.com/nbutton23/zxcvbn-go']);
  t.deepEqual(
    all.filter((name) => clouds.test(name) || name.includes('ccojocar')),
    [],
  );
});

test('a built CLI says what it lacks', async (t) => {
  if (!isBuilt()) return t.pass();
  const pulumi = project(t);
  for (const scheme of ['azblob', 'gs', 's3'])
    t.regex(
      await pulumi(['stack', 'ls'], `${scheme}://some`),
      /no driver registered.*available schemes: file, postgres/,
    );
  const secrets = ['stack', 'init', 'some', '--secrets-provider'];
  for (const scheme of ['awskms', 'azurekeyvault', 'gcpkms', 'hashivault'])
    t.regex(await pulumi([...secrets, `${scheme}://some`]), /no driver registered/);
});

test('the CLI keeps secrets with a passphrase, and refuses one that is set as plain text', async (t) => {
  const pulumi = project(t);
  t.regex(await pulumi(['version']), /^v\d+\.\d+\.\d+$/);
  await pulumi(['stack', 'init', 'some', '--secrets-provider', 'passphrase']);
  await pulumi(['config', 'set', '--secret', 'one', 'some secret']);
  t.is(await pulumi(['config', 'get', 'one']), 'some secret');
  t.regex(await pulumi(['config', 'set', 'password', 'xK3-9vQz8_LmPw72']), /looks like a secret/);
  t.is(await pulumi(['config', 'set', 'password', 'hello']), '');
});

test('sources of Pulumi that are other than expected are not changed, and not built', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'toolchain-light-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'some.go');
  const change = (lines: number) => {
    writeFileSync(file, 'one\ntwo\nthree\n');
    const script = `set -euo pipefail; . ${parts}/lib.sh; . ${parts}/light.sh; change ${file} ${lines} '/t/d'`;
    execaSync('bash', ['-c', script], { timeout: 60_000 });
    return readFileSync(file, 'utf8');
  };
  t.is(change(2), 'one\n');
  t.throws(() => change(1), { message: /is another than light.sh was written for/ });
  t.is(readFileSync(file, 'utf8'), 'one\ntwo\nthree\n');
});
