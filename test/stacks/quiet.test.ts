// Since when a machine has nothing to do, by what it uses of a processor from look to look.
import test from 'ava';
import { Quiet } from '../../stacks/quiet.ts';

const usage = (processorSeconds: number) => [{ vmId: 'vm-1', processorSeconds }];

test('a machine is quiet from the look after which it did little', (t) => {
  const quiet = new Quiet();
  t.is(quiet.note(usage(5), 10_000).get('vm-1'), 10_000, 'new here');
  t.is(quiet.note(usage(5.2), 20_000).get('vm-1'), 10_000, '2 % of ten seconds');
  t.is(quiet.note(usage(9), 30_000).get('vm-1'), 30_000, 'at work');
  t.is(quiet.note(usage(9.1), 40_000).get('vm-1'), 30_000);
  t.is(quiet.note(usage(0.1), 50_000).get('vm-1'), 50_000, 'switched on anew');
});

test('one that was not seen for a while is new', (t) => {
  const quiet = new Quiet();
  quiet.note(usage(5), 10_000);
  t.is(quiet.note([], 20_000).size, 0);
  t.is(quiet.note(usage(5), 30_000).get('vm-1'), 30_000);
});
