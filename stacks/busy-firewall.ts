import { FirewallBusyError } from './errors.ts';

/** How often the start of a VM is tried in all: each try fails by chance. */
const attempts = 4;

/** That libvirt could not make a VM's filters, if it is this that its words tell. */
export function asFirewallBusy(cause: Error): FirewallBusyError | undefined {
  // ebtables 1.8.9 fails when rules are changed beside it, one time in 200 commands under a steady stream of changes.
  if (!/Failed to apply firewall rules/i.test(cause.message)) return undefined;
  return new FirewallBusyError({
    message: 'The filters of the machine could not be made: the rules of the node were being changed. Try again.',
    cause,
  });
}

/**
 * Does what starts a VM, and does it again when other programs were changing the node's rules meanwhile.
 * @param onBusy told why it is done again
 * @throws what `start` throws
 */
export async function despiteBusyFirewall(
  onBusy: (error: unknown) => void,
  start: (options: { again: boolean }) => Promise<unknown>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await start({ again: attempt > 1 });
      return;
    } catch (error) {
      if (!(error instanceof FirewallBusyError) || attempt === attempts) throw error;
      onBusy(error);
    }
  }
}
