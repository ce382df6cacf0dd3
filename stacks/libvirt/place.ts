import type { LibvirtFacts } from '../../programs/arguments.ts';
import { machineNames } from '../../programs/names.ts';
import type { Guests, MachinePlace, MachineSleep } from '../machine-place.ts';
import { requireImage } from './base-image.ts';
import { lastLines } from './console.ts';
import { bringOverSaved } from './earlier-machines.ts';
import { runInGuest, untilAgentAnswers } from './guest-agent.ts';
import { changeGuestPassword } from './guest-password.ts';
import { changeGuestKeys } from './guest-ssh-keys.ts';
import { removeLeftovers } from './leftovers.ts';
import { machineUsage } from './machine-usage.ts';
import { failedToStart, isRunning, type Machine, powerOff, powerOn, runningVms } from './power.ts';
import { letOthersGoFirst } from './priority.ts';
import { diskSpace, room, savedMemory } from './room.ts';
import { resumeSaved, saveMemory, savedVms } from './sleep.ts';
import { confinement, libvirtErrorOf, libvirtVersion } from './virsh.ts';

/** A machine with a libvirtd, whose VMs are its domains. What it is asked throws LibvirtUnavailableError when that does not answer. */
export class LibvirtPlace implements MachinePlace {
  readonly node: LibvirtFacts;

  constructor(node: LibvirtFacts) {
    this.node = node;
  }

  readonly sleep: MachineSleep = {
    saved: () => savedVms(this.node.libvirtUri),
    space: () => diskSpace(savedMemory),
    save: async (machineId, setbacks) => {
      const machine = this.#machine(machineId);
      const memory = await saveMemory(machine, setbacks);
      if (memory !== 'off') await bringOverSaved(this.node, machine.vmId);
      return memory;
    },
    resume: (machineId, resuming) => resumeSaved(this.#machine(machineId), resuming),
  };

  readonly guests: Guests = {
    untilAnswers: (machineId, signal) => untilAgentAnswers(this.#machine(machineId), signal),
    run: (machineId, script, signal) => runInGuest(this.#machine(machineId), script, signal),
    changeKeys: (machineId, change, signal) => changeGuestKeys(this.#machine(machineId), change, signal),
    changePassword: (machineId, hash, signal) => changeGuestPassword(this.#machine(machineId), hash, signal),
  };

  version = () => libvirtVersion(this.node.libvirtUri);
  confinement = () => confinement(this.node.libvirtUri);
  room = () => room(this.node);
  requireImage = () => requireImage(this.node);
  errorOf = (cause: Error) => libvirtErrorOf(this.node.libvirtUri, cause);
  running = () => runningVms(this.node.libvirtUri);
  isRunning = (machineId: number) => isRunning(this.#machine(machineId));
  failedToStart = (machineId: number) => failedToStart(this.#machine(machineId));
  usage = () => machineUsage(this.node.libvirtUri);
  letOthersGoFirst = (machineId: number) => letOthersGoFirst(this.#machine(machineId));
  lastLines = (machineId: number) => lastLines(this.node, machineId);
  powerOn: MachinePlace['powerOn'] = (machineId, setbacks) => powerOn(this.#machine(machineId), setbacks);
  powerOff: MachinePlace['powerOff'] = (machineId, options) => powerOff(this.#machine(machineId), options);
  removeLeftovers = (machineId: number) => removeLeftovers(this.node, machineId);

  #machine(machineId: number): Machine {
    return { libvirtUri: this.node.libvirtUri, vmId: machineNames(machineId).vmId };
  }
}
