import type { HostingArgs } from './arguments.ts';
import { declareMachine, machineSteps } from './machine.ts';
import { machineNames } from './names.ts';
import { Site } from './site.ts';

/** Declares one user's hosting: its machine, and its site. */
export function hostingProgram(args: HostingArgs): Record<string, unknown> {
  const { proxy, userId, machineId, vmIp, sshPort, hosts, certificates, suspended } = args;
  const machine = declareMachine(args);
  const site = { userId, address: vmIp, sshPort, hosts, certificates, suspended, proxy };
  new Site('site', site, { dependsOn: machine });
  return { vmId: machineNames(machineId).vmId, vmIp, sshPort };
}

/** What begins when the engine starts on a resource, by the resource's type. */
export const hostingSteps: Record<string, 'disk' | 'boot' | 'route'> = {
  ...machineSteps,
  'webhoster:index:Site': 'route',
};
