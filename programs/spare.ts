import type { MachineArgs } from './arguments.ts';
import { declareMachine } from './machine.ts';
import { machineNames } from './names.ts';

/** Declares a machine that is nobody's yet, as a hosting's program will: nobody has a key or a password, and it has no site. */
export function spareProgram(args: Omit<MachineArgs, 'username' | 'sshPublicKeys' | 'sshPasswordHash' | 'powered'>) {
  declareMachine({ ...args, username: null, sshPublicKeys: [], sshPasswordHash: null, powered: true });
  return { vmId: machineNames(args.machineId).vmId, vmIp: args.vmIp };
}
