import { setTimeout as delay } from 'node:timers/promises';
import { stopIfAsked } from '../errors.ts';
import { refreshGuest } from './guest-clock.ts';
import type { Setbacks } from '../setbacks.ts';
import { virsh, virshLines } from './virsh.ts';

/** Milliseconds that a guest gets to shut down by itself. It takes about 5 s. */
const shutdownTimeout = 60_000;
/** Milliseconds after which it is asked again: a guest that was still booting heard nothing. */
const askInterval = 5_000;
/** Milliseconds between two looks. */
const interval = 200;

/** A VM, by the libvirt that has it. */
export interface Machine {
  libvirtUri: string;
  vmId: string;
}

/**
 * Has a VM shut down in good order, and switches it off when it does not. It stays off when the node starts anew.
 * @param options.onBegin told when there is something to shut down
 * @throws StoppedError when `signal` is aborted meanwhile; LibvirtUnavailableError
 */
export async function powerOff(
  machine: Machine,
  { signal, onBegin }: { signal: AbortSignal; onBegin: () => void },
): Promise<void> {
  const { libvirtUri: uri, vmId } = machine;
  await virsh(uri, 'autostart', vmId, '--disable');
  const start = Date.now();
  let asked = 0;
  while (!(await isOff(machine))) {
    stopIfAsked(signal);
    const waited = Date.now() - start;
    if (waited > shutdownTimeout) await virsh(uri, 'destroy', vmId).catch(onlyWrongState);
    else if (waited >= asked * askInterval) {
      if (asked === 0) onBegin();
      await virsh(uri, 'shutdown', vmId, '--mode', 'acpi').catch(onlyWrongState);
      asked++;
    }
    await delay(interval);
  }
}

/** Switches a VM on, for good: also when the node starts anew. @throws LibvirtUnavailableError, StoppedError */
export async function powerOn(machine: Machine, setbacks: Setbacks): Promise<void> {
  const { libvirtUri: uri, vmId } = machine;
  // Memory that is still saved is of a disk that has gone on since, or may have been resumed: it is thrown away.
  if (await isOff(machine))
    await virsh(uri, 'start', vmId, '--force-boot').catch(async (error: unknown) => {
      // Somebody else, as libvirt with the node, may have started it meanwhile.
      if (await isOff(machine)) throw error;
    });
  else await unpause(machine, setbacks);
  // Only now: a VM that did not start counts as switched off.
  await virsh(uri, 'autostart', vmId);
}

/** Names of the VMs that are on, whosever they are. @throws LibvirtUnavailableError */
export async function runningVms(libvirtUri: string): Promise<Set<string>> {
  return new Set(await virshLines(libvirtUri, 'list', '--name'));
}

/** Whether libvirt meant to start a VM and could not, unlike one that was switched off. @throws LibvirtUnavailableError */
export async function failedToStart({ libvirtUri, vmId }: Machine): Promise<boolean> {
  try {
    return (await virsh(libvirtUri, 'domstate', vmId, '--reason')).trim() === 'shut off (failed)';
  } catch (error) {
    // It was deleted meanwhile.
    if (/failed to get domain/i.test(String(error))) return false;
    throw error;
  }
}

/** Has a VM go on that stands still, as libvirt has it when its disk cannot be written to, with its clock set right. */
export async function unpause(machine: Machine, setbacks: Setbacks): Promise<void> {
  const { libvirtUri: uri, vmId } = machine;
  if ((await virsh(uri, 'domstate', vmId)).trim() !== 'paused') return;
  await virsh(uri, 'resume', vmId).catch((error: unknown) => {
    // One whose memory libvirt is reading counts as paused too, and goes on by itself.
    if (!/domain is already running/.test(String(error))) throw error;
  });
  await refreshGuest(machine, setbacks);
}

/** Whether a VM goes on: one that is paused is on, and does not. @throws LibvirtUnavailableError */
export async function isRunning({ libvirtUri, vmId }: Machine): Promise<boolean> {
  return (await virsh(libvirtUri, 'domstate', vmId)).trim() === 'running';
}

export async function isOff({ libvirtUri, vmId }: Machine): Promise<boolean> {
  return ['shut off', 'crashed'].includes((await virsh(libvirtUri, 'domstate', vmId)).trim());
}

/** Ignored: the guest was off already, or is paused and hears nothing, for which there is the deadline. */
export function onlyWrongState(error: unknown): void {
  if (!/domain is not running|Requested operation is not valid/i.test(String(error))) throw error;
}
