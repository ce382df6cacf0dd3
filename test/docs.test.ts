// The documents say of the code what is so.
import { existsSync, globSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import test from 'ava';
import { routes } from '../api/http/router.ts';
import { apiPrefix } from '../api/protocol.ts';
import { cells, matches, read, root, rows } from './documents.ts';
import { rooms } from './layers.ts';

const documents = [...globSync('*.md', { cwd: root }), ...globSync('docs/*.md', { cwd: root })].map((path) => ({
  path,
  text: read(path),
}));
const configuration = read('docs/configuration.md');

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

test('the design lists the rooms of the api, with what each imports', (t) => {
  const [, table = ''] = /^\| room of `api\/` \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(read('docs/design.md')) ?? [];
  const listed = table
    .trim()
    .split('\n')
    .map(cells)
    .map(([name = '', , imports = '']) => [/`(\w+)/.exec(name)?.[1] ?? '', matches(imports, /`(\w+)`/g)]);
  t.deepEqual(Object.fromEntries(listed), rooms);
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

test('the log of every container is described', (t) => {
  const [, services = ''] = /^services:\n([^]*?)^networks:/m.exec(read('docker-compose.yml')) ?? [];
  const names = matches(services, /^ {2}([a-z]+):$/gm);
  t.true(names.length > 5);
  const described = rows(read('docs/operations.md'), 'Logs').flatMap(([log = '']) => matches(log, /`([a-z]+)`/g));
  t.deepEqual(described.toSorted(), names.toSorted());
});
