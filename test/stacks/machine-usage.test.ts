// What virsh prints of machines that are on. That a real one is read: test/e2e/power.test.ts.
import test from 'ava';
import { readMachineUsage } from '../../stacks/libvirt/machine-usage.ts';

const printed = `
Domain: 'vm-00000001'
  cpu.time=12500000000
  cpu.user=9000000000
  balloon.current=1048576
  balloon.maximum=1048576
  balloon.rss=300000
  block.count=2
  block.0.name=vda
  block.0.path=/var/lib/webhoster/vms/disks/vm-00000001.qcow2
  block.0.allocation=1000
  block.0.capacity=21474836480
  block.0.physical=41943040
  block.1.name=vdb
  block.1.physical=368640

Domain: 'vm-00000002'
  cpu.time=1
  block.count=0
`;

test('memory, time of processors and disks are read; a machine that does not tell all is left out', (t) => {
  t.deepEqual(readMachineUsage(printed), [
    { vmId: 'vm-00000001', memoryBytes: 307_200_000, processorSeconds: 12.5, diskBytes: 42_311_680 },
  ]);
  t.deepEqual(readMachineUsage(''), []);
});
