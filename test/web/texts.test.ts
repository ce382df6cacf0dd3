// Every failure that a visitor may see has a sentence of its own, and one thing has one word.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import * as stackErrors from '../../stacks/errors.ts';
import { failures } from '../../templates/web/texts/failures.ts';
import { operations } from '../../templates/web/texts/operations.ts';

type ErrorClass = new (options: { message: string }) => stackErrors.StackError;

test('every reason for which an operation fails is told in words, to users and to operators', (t) => {
  const classes = Object.values(stackErrors).filter(
    (one) => one.prototype instanceof stackErrors.StackError,
  ) as unknown as ErrorClass[];
  const codes = classes
    .map((one) => new one({ message: 'x' }))
    .filter(({ expose }) => expose)
    .map(({ code }) => code);
  t.true(codes.includes('VM_NOT_READY'));
  for (const code of [...codes, 'INTERNAL']) {
    t.true(`because_${code}` in operations, code);
    t.true(code in failures, code);
  }
});

const root = join(import.meta.dirname, '../..');
const told = ['templates/web/texts/*.ts', 'api/messages.ts', 'templates/proxy.ts', 'README.ko.md'];

/** What is said otherwise, with the word that is used. */
const otherWords = { 관리자: '운영자', 중지: '정지, 끄기' };

test('one thing has one word', (t) => {
  const files = told.flatMap((pattern) => globSync(pattern, { cwd: root }));
  t.true(files.length > 8);
  for (const file of files)
    for (const [other, word] of Object.entries(otherWords))
      t.false(readFileSync(join(root, file), 'utf8').includes(other), `${file} says ${other} instead of ${word}`);
});
