import test from 'ava';
import { networkFacts } from '../../api/config/network.ts';

for (const [network, gateway, prefixLength, firstVmAddress, vmAddressCount] of [
  ['192.168.122.0/24', '192.168.122.1', 24, '192.168.122.2', 253],
  ['10.0.0.8/29', '10.0.0.9', 29, '10.0.0.10', 5],
  ['172.16.0.0/16', '172.16.0.1', 16, '172.16.0.2', 65_533],
  ['255.255.254.0/23', '255.255.254.1', 23, '255.255.254.2', 509],
] as const) {
  test(`${network} has its gateway first and VMs after it`, (t) => {
    t.deepEqual(networkFacts(network), { gateway, prefixLength, firstVmAddress, vmAddressCount });
  });
}
