// docs/configuration.md says of every variable what is so.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { schema } from '../api/config/config.ts';
import { matches, read, root, rows } from './documents.ts';

const configuration = read('docs/configuration.md');

const code = (cell = '') => /^`([^`]+)`/.exec(cell)?.[1] ?? '';

test('every variable of the configuration is described, and no other', (t) => {
  const described = rows(configuration, 'The api and the workers').map(([name]) => code(name));
  t.deepEqual(described.toSorted(), Object.keys(schema.shape).toSorted());
});

test('the defaults are those of the code', (t) => {
  for (const [name, written = ''] of rows(configuration, 'The api and the workers')) {
    const variable = schema.shape[code(name) as keyof typeof schema.shape];
    const { success, data } = variable.safeParse(undefined);
    const expected = !success ? 'required' : data === undefined || String(data) === '' ? 'none' : `\`${String(data)}\``;
    t.is(written.replace('`.toolchain` of the checkout', `\`${join(root, '.toolchain')}\``), expected, name);
  }
});

test('the variables marked as set by scripts/dev.sh are those that it sets', (t) => {
  const [, body = ''] = /\.\.\.process\.env,([^]*?)\.\.\.variables/.exec(read('scripts/dev/settings.ts')) ?? [];
  const marked = rows(configuration, 'The api and the workers').filter(([, , mark]) => mark === 'dev');
  t.deepEqual(marked.map(([name]) => code(name)).toSorted(), matches(body, /^\s+([A-Z_]+):/gm).toSorted());
});

test('the variables of scripts are read by the scripts that are named', (t) => {
  const described = rows(configuration, 'The scripts');
  t.true(described.length > 8);
  const sources: Record<string, string[]> = {
    'scripts/dev.sh': ['scripts/dev.sh', 'scripts/dev/dev.ts'],
    'scripts/docker-start.sh': globSync('scripts/docker/*.sh', { cwd: root }),
    'scripts/pulumi.sh': ['scripts/lib/environment.sh'],
    'scripts/node/prepare-node.sh': ['scripts/node/prepare-node.sh', 'scripts/lib/environment.sh'],
    'scripts/toolchain/toolchain.sh': globSync('scripts/toolchain/*.sh', { cwd: root }),
  };
  for (const [name, , readers = ''] of described) {
    for (const reader of matches(readers, /`([^`]+)`/g)) {
      t.true((sources[reader] ?? [reader]).map(read).join('').includes(code(name)), `${reader} reads ${code(name)}`);
    }
  }
});

test('every variable that scripts/dev.sh --help names is described', (t) => {
  const names = matches(read('scripts/dev.sh'), /^ {2}([A-Z_]+) {2,}/gm);
  t.true(names.length > 4);
  const described = rows(configuration, 'The scripts').map(([name]) => code(name));
  t.deepEqual(
    names.filter((name) => !described.includes(name)),
    [],
  );
});

test('the variables of .env are described, with their defaults', (t) => {
  const lists = ['variables', 'optional', 'secrets'].map(
    (name) => new RegExp(`^${name}=\\(([^)]*)\\)`, 'm').exec(read('scripts/docker/configuration.sh'))?.[1] ?? '',
  );
  const described = rows(configuration, 'The containers').flatMap(([names = '']) => matches(names, /`([A-Z_]+)`/g));
  t.deepEqual(described.toSorted(), lists.join(' ').trim().split(/\s+/).toSorted());
});
