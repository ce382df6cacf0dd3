// The controls that scripts/quality/test-controls.sh takes away one by one are there to be taken away.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { controls } from './list.ts';

const root = join(import.meta.dirname, '../..');

for (const { what, file, from, to, test: noticing } of controls) {
  test(what, (t) => {
    t.is(readFileSync(join(root, file), 'utf8').split(from).length - 1, 1, `it stands once in ${file}`);
    t.not(from, to);
    t.true(existsSync(join(root, noticing)));
  });
}
