import { setTimeout as delay } from 'node:timers/promises';
import { FirewallBusyError, stopIfAsked } from './errors.ts';

/** How often the start of a VM is tried in all, as each try fails by chance, and milliseconds between two tries. */
const attempts = 4;
const pause = 300;

/**
 * What libvirt says when it could not make a VM's filters (9.0 and newer). The second is of a VM that ended while libvirtd
 * did not run: its binding is still known, and a new VM is given its port's name; the next try gets another name.
 */
const words = /Failed to (apply firewall (rules|command)|run firewall command)|binding '\S+' already exists/i;

/** That libvirt could not make a VM's filters, if it is this that its words tell. */
export function asFirewallBusy(cause: Error): FirewallBusyError | undefined {
  // ebtables 1.8.9 deletes and adds again the last rule of a chain with each that it adds, and fails now and then when
  // somebody changes rules of nftables meanwhile, whichever they are.
  if (!words.test(cause.message)) return undefined;
  return new FirewallBusyError({
    message:
      'The filters of the machine could not be made, mostly because the rules of the node were being changed. Try again.',
    cause,
  });
}

export interface Retries {
  signal: AbortSignal;
  /** Told what went wrong and was got over. */
  onSetback: (error: unknown) => void;
}

/**
 * Does what starts a VM, and does it again when other programs were changing the node's rules meanwhile.
 * @throws StoppedError; what `start` throws
 */
export async function retryOnFirewallBusy(
  { signal, onSetback }: Retries,
  start: (options: { again: boolean }) => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start({ again: attempt > 1 });
      return;
    } catch (error) {
      if (!(error instanceof FirewallBusyError) || attempt === attempts) throw error;
      stopIfAsked(signal);
      onSetback(error);
      await delay(pause);
    }
  }
}
