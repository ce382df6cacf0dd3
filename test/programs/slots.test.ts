import test from 'ava';
import { addressOfPort, bridgeMarks, slotOf, slotsOf } from '../../programs/slots.ts';

test('what a machine has on the bridge follows from the network and its slot', (t) => {
  t.deepEqual(slotOf('192.168.122.2', 24), {
    address: '192.168.122.2',
    macAddress: '52:54:c0:a8:7a:02',
    port: 'whc0a87a00-0002',
  });
  t.deepEqual(slotOf('10.77.255.254', 16), {
    address: '10.77.255.254',
    macAddress: '52:54:0a:4d:ff:fe',
    port: 'wh0a4d0000-fffe',
  });
  t.like(slotOf('203.0.113.14', 29), { macAddress: '52:54:cb:00:71:0e', port: 'whcb007108-0006' });
});

for (const [node, prefixLength, count, first, last] of [
  ['192.168.122.1', 24, 253, '192.168.122.2', '192.168.122.254'],
  ['10.4.0.1', 16, 65_533, '10.4.0.2', '10.4.255.254'],
  ['203.0.113.9', 29, 5, '203.0.113.10', '203.0.113.14'],
] as const) {
  test(`a /${prefixLength} has ${count} slots, all of them different`, (t) => {
    const slots = slotsOf(node, prefixLength);
    t.deepEqual([slots[0]?.address, slots.at(-1)?.address], [first, last]);
    for (const key of ['address', 'macAddress', 'port'] as const)
      t.is(new Set(slots.map((slot) => slot[key])).size, count);
    const { portPrefix } = bridgeMarks(node, prefixLength);
    // Linux: IFNAMSIZ.
    t.true(slots.every(({ port }) => port.startsWith(portPrefix) && port.length <= 15));
    t.deepEqual(
      slots.map(({ port }) => addressOfPort(port)),
      slots.map(({ address }) => address),
    );
  });
}

test('networks beside one another have other marks', (t) => {
  t.deepEqual(bridgeMarks('10.4.0.1', 24), { portPrefix: 'wh0a040000-', mark: 0x0a_04_00_00 });
  t.deepEqual(bridgeMarks('10.4.1.1', 24), { portPrefix: 'wh0a040100-', mark: 0x0a_04_01_00 });
});

for (const port of ['vnet0', '', 'wh-local', 'wh0a040000-', 'wh0a040000-00001', 'xwh0a040000-0001'])
  test(`'${port}' is no port of a slot`, (t) => t.is(addressOfPort(port), null));
