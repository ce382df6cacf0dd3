import { leftOutPorts } from '../programs/site-provider/proxy-control.ts';
import type { ProxyFacts } from '../programs/arguments.ts';
import { SshPortTakenError } from './errors.ts';
import { requireFirewall } from './firewall-report.ts';
import type { MachinePlace } from './machine-place.ts';

/** Where and how long a new hosting is asked whether it answers. */
export interface Checks {
  /** Address of the proxy's http part, e.g. `http://127.0.0.1`. */
  proxyUrl: string;
  /** Seconds that a VM may take from its start to the last answer. */
  bootTimeout: number;
  /** Where the guard leaves its reports. */
  firewallReport: string;
}

/**
 * Looks for what would make a create fail late or blame the wrong part.
 * @throws FirewallDownError, SshPortTakenError, and what the place's `requireImage` throws
 */
export async function checkBeforeCreate(
  { place, proxy }: { place: MachinePlace; proxy: ProxyFacts },
  { firewallReport }: Checks,
  sshPort: number,
): Promise<void> {
  await requireFirewall(firewallReport);
  await place.requireImage();
  if ((await leftOutPorts(proxy.controlSocket)).includes(sshPort)) {
    throw new SshPortTakenError({
      message: `Another program of the node has port ${sshPort}, as the others that were tried. The operator can end it, or widen SSH_PORT_FIRST and SSH_PORT_LAST.`,
    });
  }
}
