// Who may have a node's memory, by what is free, what machines hold and what was promised to them.
import test from 'ava';
import { hasDiskFor, usualDiskReserve } from '../../api/jobs/disk.ts';
import { decide, type Holder, type Memory, usualReserve } from '../../api/jobs/memory.ts';
import { wholeMachine } from '../../api/room.ts';

const mebibyte = 2 ** 20;
const whole = wholeMachine / mebibyte;

/** One that settled long ago and was not used since, but for what is said. @param held MiB */
function holder(userId: number, held: number, facts: Partial<Omit<Holder, 'userId' | 'held'>> = {}): Holder {
  const usual = { isGrowing: false, isFallingAsleep: false, maySleep: true, idle: 600 };
  return { userId, held: held * mebibyte, ...usual, ...facts };
}

/** @param free MiB beside the reserve */
function memory(free: number, budget: number | null = null): Memory {
  const reserve = 1_024;
  return {
    freeBytes: (free + reserve) * mebibyte,
    reserveBytes: reserve * mebibyte,
    budget: budget === null ? null : budget * mebibyte,
  };
}

test('what settled counts by what it holds: a hundred idle machines keep nobody out while memory is free', (t) => {
  const hundred = Array.from({ length: 100 }, (_, id) => holder(id, 120));
  t.is(decide(memory(whole), hundred, wholeMachine), 'admit');
});

test('what was let in a moment ago counts whole, less what it holds', (t) => {
  const growing = holder(1, 200, { isGrowing: true });
  t.is(decide(memory(2 * whole - 200), [growing], wholeMachine), 'admit');
  t.is(decide(memory(2 * whole - 201), [growing], wholeMachine), 'wait', 'it may take less than it may');
  t.is(decide(memory(whole - 1), [growing], wholeMachine), 'refuse');
});

test('one that holds more than a whole machine is promised nothing, and gives nothing back', (t) => {
  t.is(decide(memory(whole), [holder(1, 2 * whole, { isGrowing: true })], wholeMachine), 'admit');
});

test('the longest idle sleep first, and no more of them than needed', (t) => {
  const holders = [holder(1, 300, { idle: 100 }), holder(2, 300, { idle: 900 }), holder(3, 300, { idle: 500 })];
  t.deepEqual(decide(memory(whole - 300), holders, wholeMachine), { sleep: [2] });
  t.deepEqual(decide(memory(whole - 301), holders, wholeMachine), { sleep: [2, 3] });
});

test('nobody sleeps who was used within a minute, who must not, or who is just starting', (t) => {
  const kept = [
    holder(1, 500, { idle: 59 }),
    holder(2, 500, { maySleep: false }),
    holder(3, 1_152, { isGrowing: true }),
  ];
  t.is(decide(memory(whole - 400), kept, wholeMachine), 'refuse');
  t.deepEqual(decide(memory(whole - 400), [...kept, holder(4, 400, { idle: 60 })], wholeMachine), { sleep: [4] });
});

test('nobody sleeps in vain', (t) => {
  t.is(decide(memory(100), [holder(1, 300), holder(2, 300)], wholeMachine), 'refuse');
});

test('while one falls asleep nobody else has to for the same memory', (t) => {
  const falling = holder(1, 300, { isFallingAsleep: true });
  t.is(decide(memory(whole - 300), [falling, holder(2, 300)], wholeMachine), 'wait');
  t.deepEqual(decide(memory(whole - 301), [falling, holder(2, 300)], wholeMachine), { sleep: [2] });
  // libvirt, busy with it, may not tell what it holds.
  t.is(decide(memory(whole - 300), [holder(1, 0, { isFallingAsleep: true })], wholeMachine), 'wait');
});

test('what machines may hold together bounds them, however much is free', (t) => {
  const two = [holder(1, 500, { idle: 0 }), holder(2, 500, { idle: 0 })];
  t.is(decide(memory(100_000, 1_000 + whole), two, wholeMachine), 'admit');
  t.is(decide(memory(100_000, 999 + whole), two, wholeMachine), 'refuse');
  t.is(decide(memory(whole - 1, 100_000), two, wholeMachine), 'refuse', 'nor does it make what is not there');
});

test('where the reserve is touched and nobody asks, the longest idle sleeps', (t) => {
  t.is(decide(memory(0), [holder(1, 300)], 0), 'admit');
  t.deepEqual(decide(memory(-1), [holder(1, 300), holder(2, 300, { idle: 900 })], 0), { sleep: [2] });
});

test('by itself an eighth of the memory stays free, and a twentieth of a disk, within bounds', (t) => {
  const gibibytes = (of: (total: number) => number, ...sizes: number[]) =>
    sizes.map((size) => of(size * 2 ** 30) / 2 ** 30);
  t.deepEqual(gibibytes(usualReserve, 2, 16, 256), [0.5, 2, 8]);
  t.deepEqual(gibibytes(usualDiskReserve, 20, 100, 1_000), [2, 5, 20]);
  // Answers have whole bytes.
  t.deepEqual([usualReserve(16e9 + 1), usualDiskReserve(100e9 + 1)], [2e9, 5e9]);
});

test('a disk has room for one more as long as the reserve stays', (t) => {
  const space = (free: number) => ({ freeBytes: free * mebibyte, reserveBytes: 5_000 * mebibyte });
  t.deepEqual(
    [7_048, 7_047].map((free) => hasDiskFor('machine', space(free))),
    [true, false],
  );
  t.deepEqual(
    [6_152, 6_151].map((free) => hasDiskFor('sleeper', space(free))),
    [true, false],
  );
});
