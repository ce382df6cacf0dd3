// The documents say of the code what is so.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { schema } from '../api/config/config.ts';
import { routes } from '../api/http/router.ts';
import { apiPrefix } from '../api/protocol.ts';
import { requirements } from './asvs.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'README.ko.md', 'SECURITY.md', ...globSync('docs/*.md', { cwd: root })].map((path) => ({
  path,
  text: read(path),
}));
const configuration = read('docs/configuration.md');

/** The distinct first groups of all matches. */
const matches = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, group = '']) => group)),
];

/** Rows of the table under a heading, as cells. */
function rows(text: string, heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map(cells);
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

const code = (cell = '') => /^`([^`]+)`/.exec(cell)?.[1] ?? '';

/** Files that relative links lead to and are not there. */
function deadLinks({ path, text }: { path: string; text: string }): string[] {
  const targets = matches(text, /\]\(([^)#\s]+)(?:#[^)]*)?\)/g).filter((target) => !/^[a-z]+:/.test(target));
  return targets.filter((target) => !existsSync(join(root, dirname(path), target)));
}

/** Anchors in relative links that no heading of their document has. */
function deadAnchors({ path, text }: { path: string; text: string }): string[] {
  return [...text.matchAll(/\]\(([^)#\s:]*)#([^)]+)\)/g)]
    .filter(([, target = '', anchor = '']) => {
      const headings = matches(target ? read(normalize(join(dirname(path), target))) : text, /^#+ (.*)$/gm);
      return !headings
        .map((heading) =>
          heading
            .toLowerCase()
            .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
            .replaceAll(' ', '-'),
        )
        .includes(anchor);
    })
    .map(([link]) => link);
}

/** Scripts, sources and tests that are named and are not there. */
function deadPaths(text: string): string[] {
  const named = matches(
    text,
    /(?<!\w|\w\/)(?!api\/v1)((?:api|docs|images|programs|scripts|stacks|templates|test)\/[\w./-]*\w\/?)/g,
  );
  return named.filter((path) => !existsSync(join(root, path)));
}

/** Addresses of the API without a route; a shell variable or {name} stands for any value. */
function deadCalls(text: string): string[] {
  const known = routes.map(({ path }) => path.replace(/:\w+/g, ':'));
  return matches(text, /\/api\/v1(\/[\w/{}$-]+)/g).filter(
    (path) => !known.includes(path.replace(/\$\w+|\{\w+\}/g, ':').replace(/\/$/, '')),
  );
}

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

for (const document of documents) {
  const { path, text } = document;
  test(`${path} names only what exists`, (t) => {
    t.deepEqual(deadLinks(document), [], 'links');
    t.deepEqual(deadAnchors(document), [], 'anchors');
    t.deepEqual(deadPaths(text), [], 'files');
    t.deepEqual(deadCalls(text), [], 'calls');
    const assigned = matches(text, /(?<![\w$])([A-Z][A-Z0-9_]+)=/g);
    t.deepEqual(
      assigned.filter((name) => !configuration.includes(`\`${name}\``)),
      [],
      'variables',
    );
  });
}

/** Code blocks with their fences, how many headings there are of each level, and rows of tables. */
function outline(text: string) {
  const fenced = /^```[^]*?^```$/gm;
  const prose = text.replace(fenced, '');
  return {
    code: text.match(fenced) ?? [],
    headings: [1, 2, 3, 4, 5, 6].map((level) => prose.match(new RegExp(`^#{${level}} `, 'gm'))?.length ?? 0),
    rows: prose.match(/^\|/gm)?.length ?? 0,
  };
}

test('the READMEs of both languages have the same code, headings and table rows', (t) => {
  const english = outline(read('README.md'));
  t.true(english.code.length > 10 && english.rows > 10);
  t.deepEqual(outline(read('README.ko.md')), english);
});

test('every system that is tried on bare machines has passed, and so have those that the READMEs name', (t) => {
  const [, list = ''] = /^SYSTEMS=\(([^)]+)\)/m.exec(read('scripts/fresh/systems.sh')) ?? [];
  const systems = list.split(' ');
  const passed = matches(read('docs/systems.md'), /^\| ((?:debian|ubuntu)-\S+) (?:\|[^|]+){6}\|$/gm);
  t.deepEqual(passed, systems);
  for (const readme of ['README.md', 'README.ko.md']) {
    const line = read(readme)
      .split('\n')
      .find((one) => one.includes('(docs/systems.md)'));
    const [, debian = '', ubuntu = ''] =
      /(Debian [^,]*), (?:or )?(Ubuntu [^:.]*(?:\.\d+[^:.]*)*)/.exec(line ?? '') ?? [];
    const named = [
      ...matches(debian, /(\d+)/g).map((version) => `debian-${version}`),
      ...matches(ubuntu, /(\d+\.\d+)/g).map((version) => `ubuntu-${version}`),
    ];
    t.deepEqual(named, systems, readme);
  }
});

test('the design lists every call', (t) => {
  const [, section = ''] = /^## API([^]*?)^## /m.exec(read('docs/design.md')) ?? [];
  const cells = matches(section, /^\| (`[A-Z]+ \/[^|]+) \|/gm).join('\n');
  const listed = matches(cells, /`([A-Z]+ \/[^` ]+)`/g);
  const calls = routes.map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
  t.deepEqual(listed.toSorted(), calls.toSorted());
});

test('what does not exist is noticed', (t) => {
  const path = 'docs/planted.md';
  t.deepEqual(deadLinks({ path, text: '[a](design.md) [b](../design.md) [c](nowhere.md#x) [d](https://x.y/z)' }), [
    '../design.md',
    'nowhere.md',
  ]);
  t.deepEqual(
    deadAnchors({
      path,
      text: '[a](design.md#words) [b](design.md#swords) [c](#d) [d](#e) [e](#빠른-시작)\n# D\n# 빠른 시작!',
    }),
    ['](design.md#swords)', '](#e)'],
  );
  t.deepEqual(deadPaths('run `./scripts/dev.sh`, ./scripts/missing.sh, see test/e2e/ and api/nothing.ts'), [
    'scripts/missing.sh',
    'api/nothing.ts',
  ]);
  t.deepEqual(deadCalls(`${apiPrefix}/operations/$operation/events ${apiPrefix}/hosts ${apiPrefix}/host/my`), [
    '/hosts',
  ]);
});

test('the variables of .env are described, with their defaults', (t) => {
  const lists = ['variables', 'optional', 'secrets'].map(
    (name) => new RegExp(`^${name}=\\(([^)]*)\\)`, 'm').exec(read('scripts/docker/configuration.sh'))?.[1] ?? '',
  );
  const described = rows(configuration, 'The containers').flatMap(([names = '']) => matches(names, /`([A-Z_]+)`/g));
  t.deepEqual(described.toSorted(), lists.join(' ').trim().split(/\s+/).toSorted());
});

test('the log of every container is described', (t) => {
  const [, services = ''] = /^services:\n([^]*?)^networks:/m.exec(read('docker-compose.yml')) ?? [];
  const names = matches(services, /^ {2}([a-z]+):$/gm);
  t.true(names.length > 5);
  const described = rows(read('docs/operations.md'), 'Logs').flatMap(([log = '']) => matches(log, /`([a-z]+)`/g));
  t.deepEqual(described.toSorted(), names.toSorted());
});

const security = read('SECURITY.md');

/** The part of SECURITY.md under a heading. */
function securitySection(heading: string): string {
  return security.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** Rows of the tables that map requirements, as cells. */
function requirementRows(section: string): string[][] {
  return section
    .split('\n')
    .filter((line) => /^\| (?:API)?\d/.test(line))
    .map(cells);
}

const topTen = securitySection('OWASP API Security Top 10, 2023');
const asvs = securitySection('OWASP ASVS 5.0.0, levels 1 and 2');

/** Rows that neither name a test that exists, nor say why they are not met. */
function unproven(rows: string[][]): string[][] {
  return rows.filter((row) => {
    const shown = row.at(-1) ?? '';
    const tests = matches(shown, /`(test\/[^`]+)`/g);
    const exist = tests.every((path) => /\.test\.ts$/.test(path) && existsSync(join(root, path)));
    return row.length !== 4 || !exist || (tests.length === 0 && !/Not met.{20}/.test(shown));
  });
}

/** Numbers of requirements in a text; `1.4.1–3` are three. */
function numbers(text: string): string[] {
  return [...text.matchAll(/\b(\d+\.\d+)\.(\d+)(?:–(\d+))?/g)].flatMap(([, section, first, last = first]) =>
    Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => `${section}.${Number(first) + index}`),
  );
}

test('every requirement of security is shown by a test, or says why it is not met', (t) => {
  t.deepEqual(unproven([...requirementRows(topTen), ...requirementRows(asvs)]), []);
});

test('every requirement of the Top 10 and of ASVS has one place', (t) => {
  const risks = requirementRows(topTen).map(([risk]) => risk);
  t.deepEqual(
    risks,
    Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
  );
  const [, exempt = ''] = asvs.split('What does not apply:');
  const placed = [
    ...requirementRows(asvs).flatMap(([places = '']) => numbers(places)),
    ...matches(exempt, /^- ([\d., –]+): /gm).flatMap(numbers),
  ];
  t.is(requirements.length, 253);
  t.deepEqual(placed.toSorted(), requirements.toSorted());
});

test('what is not shown is noticed', (t) => {
  const row = (shown: string) => unproven([['1.1.1', 'Words', '`api/http/app.ts`', shown]]).length;
  t.is(row('`test/docs.test.ts`'), 0);
  t.is(row('`test/docs.test.ts`, `test/nothing.test.ts`'), 1);
  t.is(row('`test/support/run.ts`'), 1);
  t.is(row('Not met: later'), 1);
  t.is(row('Not met: there is no page yet that could ask'), 0);
  t.is(row('–'), 1);
  t.deepEqual(numbers('1.4.1–3, 6.2.12'), ['1.4.1', '1.4.2', '1.4.3', '6.2.12']);
});

test('the keys of an installation are in the table of keys', (t) => {
  const [, secrets = ''] = /^secrets=\(([^)]*)\)/m.exec(read('scripts/docker/configuration.sh')) ?? [];
  const named = matches(securitySection('Data and keys'), /`([A-Z_]+)`/g);
  t.deepEqual(named.toSorted(), secrets.trim().split(/\s+/).toSorted());
});
