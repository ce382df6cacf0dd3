// A machine is ready when it answers itself: what it says through the proxy leads nowhere else.
import test from 'ava';
import { freePorts } from '../../scripts/dev/ports.ts';
import { VmNotReadyError } from '../../stacks/errors.ts';
import type { NodeFacts } from '../../programs/arguments.ts';
import { placeOf } from '../../stacks/places.ts';
import { proveReady } from '../../stacks/readiness.ts';
import { startEdge, startTenant, type TestEdge } from '../support/proxy/edge.ts';
import { startTrap } from '../support/proxy/redirect.ts';

/** Looks once, and does not ask libvirt. */
async function lookAt(edge: TestEdge, userId: number): Promise<string[]> {
  const steps: string[] = [];
  const place = placeOf({ kind: 'libvirt', consoleDirectory: edge.directory } as NodeFacts);
  const checks = { proxyUrl: `http://127.0.0.1:${edge.httpPort}`, bootTimeout: -1, firewallReport: '/nonexistent' };
  const follow = { signal: new AbortController().signal, onStep: (step: string) => void steps.push(step) };
  const [nobody = 0] = await freePorts(1);
  // Nothing greets on that port: it ends there at the latest.
  await proveReady(place, checks, { userId, machineId: 1, sshPort: nobody }, follow).catch((error: unknown) => {
    if (!(error instanceof VmNotReadyError)) throw error;
  });
  return steps;
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a machine that answers with ${status} elsewhere is not ready, and nobody goes there`, async (t) => {
    const trap = await startTrap(status);
    const edge = await startEdge({ apiPort: trap.server.port, sites: { 7: trap.server.port } });
    t.teardown(async () => {
      await edge.stop();
      await trap.stop();
    });
    t.deepEqual(await lookAt(edge, 7), ['web']);
    t.is(trap.arrived(), 0);
  });
}

test('a machine that answers with a page is asked for SSH next', async (t) => {
  const page = await startTenant((_request, response) => void response.end('here I am'));
  const edge = await startEdge({ apiPort: page.port, sites: { 7: page.port } });
  t.teardown(async () => {
    await edge.stop();
    await page.stop();
  });
  t.deepEqual(await lookAt(edge, 7), ['web', 'ssh']);
});
