import test from 'ava';
import { hostingNames, maxUserId } from '../../programs/names.ts';

test('every name of a hosting follows from its user’s id', (t) => {
  t.deepEqual(hostingNames(12_345_678), {
    vmId: 'vm-12345678',
    macAddress: '52:54:00:bc:61:4e',
    stack: 'hosting-12345678',
    diskVolume: 'vm-12345678.qcow2',
    cloudInitVolume: 'vm-12345678.iso',
    consoleLog: 'vm-12345678.log',
  });
});

for (const [userId, vmId, macAddress] of [
  [1, 'vm-00000001', '52:54:00:00:00:01'],
  [256, 'vm-00000256', '52:54:00:00:01:00'],
  [maxUserId, 'vm-99999999', '52:54:05:f5:e0:ff'],
] as const) {
  test(`user ${userId} has ${vmId}`, (t) => {
    t.like(hostingNames(userId), { vmId, macAddress });
  });
}

test('no two users share a name', (t) => {
  const ids = [1, 2, 10, 11, 100, 255, 256, 257, 65_535, 65_536, 10_000_000, maxUserId];
  const names = ids.map((id) => JSON.stringify(Object.values(hostingNames(id))));
  const macs = ids.map((id) => hostingNames(id).macAddress);
  t.is(new Set(names).size, ids.length);
  t.is(new Set(macs).size, ids.length);
});

for (const userId of [
  0,
  -1,
  1.5,
  maxUserId + 1,
  NaN,
  Infinity,
  '1' as unknown as number,
  '../1' as unknown as number,
]) {
  test(`${typeof userId} ${userId} is no user id`, (t) => {
    t.throws(() => hostingNames(userId), { instanceOf: RangeError });
  });
}
