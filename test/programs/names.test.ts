import test from 'ava';
import { hostingStack, machineNames, maxMachineId } from '../../programs/names.ts';

test('every name of a machine follows from its id', (t) => {
  t.deepEqual(machineNames(12_345_678), {
    vmId: 'vm-12345678',
    diskVolume: 'vm-12345678.qcow2',
    cloudInitVolume: 'vm-12345678.iso',
    consoleLog: 'vm-12345678.log',
  });
  t.is(hostingStack(7), 'hosting-7');
});

for (const [machineId, vmId] of [
  [1, 'vm-00000001'],
  [256, 'vm-00000256'],
  [99_999_999, 'vm-99999999'],
  [maxMachineId, 'vm-2147483647'],
] as const) {
  test(`machine ${machineId} is ${vmId}`, (t) => {
    t.like(machineNames(machineId), { vmId });
  });
}

test('no two machines share a name', (t) => {
  const ids = [1, 2, 10, 11, 100, 255, 256, 257, 65_535, 65_536, 10_000_000, maxMachineId];
  const names = ids.map((id) => JSON.stringify(Object.values(machineNames(id))));
  t.is(new Set(names).size, ids.length);
});

for (const machineId of [
  0,
  -1,
  1.5,
  maxMachineId + 1,
  NaN,
  Infinity,
  '1' as unknown as number,
  '../1' as unknown as number,
]) {
  test(`${typeof machineId} ${machineId} is no id of a machine`, (t) => {
    t.throws(() => machineNames(machineId), { instanceOf: RangeError });
  });
}
