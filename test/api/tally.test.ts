// What is counted often: each process by itself, and then all together.
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { type CountRequests, tallied } from '../../api/http/tally.ts';

/** What all processes tell, as Redis adds it up; each question to it is noted. */
function makeStore() {
  const totals = new Map<string, number>();
  const asked: number[] = [];
  let until = performance.now() + 60_000;
  const count: CountRequests = async (by, times) => {
    asked.push(times);
    const counted = (totals.get(by) ?? 0) + times;
    totals.set(by, counted);
    await setTimeout(1);
    return { counted, until };
  };
  const endWindow = () => {
    totals.clear();
    until = performance.now() + 60_000;
  };
  return { count, asked, totals, endWindow, setEnd: (end: number) => (until = end) };
}

const fail = (error: unknown) => {
  throw error;
};

async function times(count: CountRequests, number: number, by = 'x'): Promise<number[]> {
  const counted: number[] = [];
  for (let index = 0; index < number; index++) counted.push((await count(by, 1)).counted);
  return counted;
}

async function untilTold(totals: Map<string, number>, total: number): Promise<void> {
  while (totals.get('x') !== total) await setTimeout(10);
}

test('one process counts each request, and asks for the first alone', async (t) => {
  const { count, asked, totals } = makeStore();
  const counted = await times(tallied(count, fail), 50);
  t.deepEqual(
    counted,
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
  await untilTold(totals, 50);
  t.true(asked.length < 50);
});

test('many first requests at once are each counted', async (t) => {
  const { count } = makeStore();
  const counting = tallied(count, fail);
  const first = await Promise.all(Array.from({ length: 20 }, () => counting('x', 1)));
  t.is(new Set(first.map(({ counted }) => counted)).size, 20);
  t.is((await counting('x', 1)).counted, 21);
});

test('what one process counted another hears', async (t) => {
  const { count, totals } = makeStore();
  const [one, other] = [tallied(count, fail), tallied(count, fail)];
  await times(one, 30);
  await untilTold(totals, 30);
  t.is((await other('x', 1)).counted, 31);
  await Promise.all([times(one, 10), times(other, 10)]);
  await untilTold(totals, 51);
  // By then neither was asked anything for a while, and the next request is a first one again.
  await setTimeout(500);
  t.is((await one('x', 1)).counted, 52);
});

test('clients are told apart, and each is forgotten that asks no more', async (t) => {
  const { count, asked } = makeStore();
  const counting = tallied(count, fail);
  await times(counting, 2, 'a');
  t.deepEqual(await times(counting, 2, 'b'), [1, 2]);
  await setTimeout(500);
  const before = asked.length;
  t.is((await counting('a', 1)).counted, 3);
  t.is(asked.length, before + 1);
});

test('a new window begins at zero', async (t) => {
  const { count, endWindow, setEnd } = makeStore();
  const counting = tallied(count, fail);
  setEnd(performance.now() + 20);
  await times(counting, 5);
  await setTimeout(30);
  endWindow();
  t.deepEqual(await times(counting, 2), [1, 2]);
});

test('what could not be told is told later, once, and whoever is to know of it does', async (t) => {
  const { count, totals } = makeStore();
  const faults: unknown[] = [];
  let away = false;
  const counting = tallied(
    (by, times) => (away ? Promise.reject(new Error('away')) : count(by, times)),
    (error) => faults.push(error),
  );
  t.deepEqual(await times(counting, 2), [1, 2]);
  away = true;
  t.is((await counting('x', 1)).counted, 3);
  while (faults.length < 2) await setTimeout(10);
  t.regex(String(faults[0]), /away/);
  t.is((await counting('x', 1)).counted, 4, 'what was not told counts here, once');
  away = false;
  await untilTold(totals, 4);
});

test('a first request that cannot be counted fails, and leaves nothing behind', async (t) => {
  const broken = tallied(() => Promise.reject(new Error('away')), fail);
  await t.throwsAsync(broken('x', 1), { message: 'away' });
});
