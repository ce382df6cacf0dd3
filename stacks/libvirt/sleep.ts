import { SleepFailedError, StoppedError, stopIfAsked } from '../errors.ts';
import type { SavedImage } from '../machine-place.ts';
import { LibvirtUnavailableError } from './errors.ts';
import { refreshGuest } from './guest-clock.ts';
import { isOff, type Machine, onlyWrongState, unpause } from './power.ts';
import type { Setbacks } from '../setbacks.ts';
import { virsh, virshLines, virshWithin } from './virsh.ts';

/** Milliseconds for writing a VM's memory to disk: some 3 s for 110 MB, and up to ten times as much. */
const saveTimeout = 180_000;
/** Milliseconds for reading it again. */
const resumeTimeout = 60_000;

/** Names of the VMs whose memory is on disk, whosever they are. @throws LibvirtUnavailableError */
export async function savedVms(libvirtUri: string): Promise<Set<string>> {
  return new Set(await virshLines(libvirtUri, 'list', '--all', '--with-managed-save', '--name'));
}

/**
 * Has libvirt write a VM's memory to disk and end it; one that is off already is left alone. It stays off when the node starts
 * anew.
 * @returns whether its memory was `saved`, is `kept` from an earlier save, or is nowhere, as somebody switched it `off`
 * @throws SleepFailedError when it goes on running; LibvirtUnavailableError
 */
export async function saveMemory(machine: Machine, setbacks: Setbacks): Promise<'saved' | 'kept' | 'off'> {
  const { libvirtUri: uri, vmId } = machine;
  const wasOn = !(await isOff(machine));
  if (wasOn) {
    try {
      await virshWithin(saveTimeout, uri, 'managedsave', vmId, '--running');
    } catch (cause) {
      await virsh(uri, 'domjobabort', vmId).catch(onlyWrongState);
      // The save of a worker that died may have ended just now.
      if (!(await isOff(machine))) {
        await unpause(machine, setbacks);
        throw new SleepFailedError({ message: `The memory of the machine ${vmId} could not be saved.`, cause });
      }
    }
  }
  // Only now: one that could not be saved starts with the node, as before.
  await virsh(uri, 'autostart', vmId, '--disable');
  if (!(await hasImage(machine))) return 'off';
  return wasOn ? 'saved' : 'kept';
}

/**
 * Brings a VM back whose memory is on disk, with its clock right. Saved memory is resumed once at most, whatever happens: a
 * second time it would meet a disk that has gone on without it, and damage that. So it is thrown away where it is not known
 * to be untouched.
 * @returns whether the VM was `on` already, is `resumed`, or is `off`, without saved memory
 * @throws LibvirtUnavailableError, StoppedError
 */
export async function resumeSaved(
  machine: Machine,
  resuming: SavedImage & Setbacks,
): Promise<'on' | 'resumed' | 'off'> {
  const wasOn = !(await isOff(machine));
  const isOn = wasOn || ((await hasImage(machine)) && !resuming.isSpent && (await resume(machine, resuming)));
  if (isOn) {
    await unpause(machine, resuming);
    await refreshGuest(machine, resuming);
  }
  // Where libvirtd was killed between resuming and this, it is there still.
  if (await hasImage(machine)) await virsh(machine.libvirtUri, 'managedsave-remove', machine.vmId);
  if (isOn) await virsh(machine.libvirtUri, 'autostart', machine.vmId);
  return wasOn ? 'on' : isOn ? 'resumed' : 'off';
}

/** @returns whether the VM is on now */
async function resume(machine: Machine, resuming: SavedImage & Setbacks): Promise<boolean> {
  stopIfAsked(resuming.signal);
  await resuming.beforeResume();
  try {
    await virshWithin(resumeTimeout, machine.libvirtUri, 'start', machine.vmId);
    return true;
  } catch (error) {
    if ([LibvirtUnavailableError, StoppedError].some((kind) => error instanceof kind)) throw error;
    resuming.onSetback(error);
    return !(await isOff(machine));
  }
}

async function hasImage({ libvirtUri, vmId }: Machine): Promise<boolean> {
  return (await savedVms(libvirtUri)).has(vmId);
}
