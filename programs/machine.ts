import type { Resource } from '@pulumi/pulumi';
import type { MachineArgs } from './arguments.ts';
import { declareLibvirtMachine, libvirtSteps } from './libvirt/machine.ts';

/** Declares a machine as its kind of node has them. @returns what is there when the machine is */
export function declareMachine({ node, ...args }: MachineArgs): Resource {
  switch (node.kind) {
    case 'libvirt':
      return declareLibvirtMachine({ ...args, node });
  }
}

/** What begins when the engine starts on a resource, by the resource's type; of every kind of node. */
export const machineSteps: Record<string, 'disk' | 'boot'> = libvirtSteps;
