// Every failure that a visitor may see has a sentence of its own.
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
