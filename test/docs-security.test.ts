// SECURITY.md has each requirement once, with a test that shows it or a reason why it is not met.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { requirements } from './asvs.ts';
import { cells, matches, read, root } from './documents.ts';

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
