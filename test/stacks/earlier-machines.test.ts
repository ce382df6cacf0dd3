// A machine as an earlier version made it, on the real libvirt: it runs on, and has its slot's port after its next start.
import { machineNames } from '../../programs/names.ts';
import { slotOf } from '../../programs/slots.ts';
import { bringOver } from '../../stacks/libvirt/earlier-machines.ts';
import { makeEarlier, portOf } from '../support/engine/earlier.ts';
import { withEngine } from '../support/installation/with.ts';
import { virsh } from '../support/run.ts';

const test = withEngine();
const macAddress = '52:54:02:eb:ae:01';

const nothing = () => undefined;
const run = () => ({ signal: AbortSignal.timeout(120_000), onStep: nothing, onSetback: nothing });

test.serial('a machine of an earlier version runs on, and has its slot’s port from its next start on', async (t) => {
  t.timeout(300_000);
  const { node, stacks } = t.context;
  const spec = t.context.spec();
  const { vmId } = machineNames(spec.machineId);
  const { address, port } = slotOf(spec.vmIp, node.prefixLength);
  await stacks.make(spec, run());
  await makeEarlier(vmId, { address, macAddress }, t.context.directory);
  const named = await portOf(vmId);
  t.regex(named, /^vnet\d+$/);
  const id = await virsh('domid', vmId);

  const places = () => bringOver(node).then((all) => new Set(all.map((place) => JSON.stringify(place))));
  const [now, next] = [named, port].map((at) => JSON.stringify({ address, macAddress, port: at }));
  t.deepEqual(await places(), new Set([now, next]));
  t.deepEqual(await places(), new Set([now, next]), 'the second time too');
  const definition = await virsh('dumpxml', '--inactive', vmId);
  t.true(definition.includes(`<target dev='${port}'/>`) && definition.includes(macAddress));
  t.false(definition.includes('filterref'));
  t.deepEqual([await portOf(vmId), await virsh('domid', vmId)], [named, id], 'nothing happens to it as it runs');

  t.is(await stacks.update(spec, run()), 0, 'and the engine finds all as it was');
  t.is(await virsh('domid', vmId), id);
  await virsh('destroy', vmId);
  await virsh('start', vmId);
  t.is(await portOf(vmId), port);
  t.deepEqual(await places(), new Set([next]));
  const again = await virsh('domid', vmId);
  t.is(await stacks.update(spec, run()), 0);
  t.is(await virsh('domid', vmId), again);
  const onDestroyFailed = (error: unknown) => t.fail(String(error));
  await stacks.remove(spec, { signal: AbortSignal.timeout(120_000), onDestroyFailed });
});

test.serial('a machine of an earlier version that slept goes on at its slot’s port', async (t) => {
  t.timeout(300_000);
  const { node, stacks, directory } = t.context;
  const spec = t.context.spec();
  const { vmId } = machineNames(spec.machineId);
  const { address, port } = slotOf(spec.vmIp, node.prefixLength);
  await stacks.make(spec, run());
  await makeEarlier(vmId, { address, macAddress }, directory);
  await bringOver(node);
  t.regex(await portOf(vmId), /^vnet\d+$/);
  t.is(await stacks.sleep(spec, run()), 'saved');
  t.is(await stacks.sleep(spec, run()), 'kept', 'as a worker finds it whose predecessor died');
  await virsh('start', vmId);
  t.is(await portOf(vmId), port);
  const definition = await virsh('dumpxml', vmId);
  t.true(definition.includes(macAddress) && !definition.includes('filterref'));
  const onDestroyFailed = (error: unknown) => t.fail(String(error));
  await stacks.remove(spec, { signal: AbortSignal.timeout(120_000), onDestroyFailed });
});
