import { leftOutPorts } from '../programs/site-provider/proxy-control.ts';
import { BaseImageMissingError, SshPortTakenError } from './errors.ts';
import { requireFirewall } from './firewall-report.ts';
import type { StackEnvironment } from './libvirt/leftovers.ts';
import { volumeNames } from './libvirt/virsh.ts';

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
 * @throws FirewallDownError, LibvirtUnavailableError, BaseImageMissingError, SshPortTakenError
 */
export async function checkBeforeCreate(
  { node, proxy }: StackEnvironment,
  { firewallReport }: Checks,
  sshPort: number,
): Promise<void> {
  await requireFirewall(firewallReport);
  const volumes = await volumeNames(node.libvirtUri, node.pool);
  if (!volumes.includes(node.image.volume)) {
    throw new BaseImageMissingError({
      message: `The base image ${node.image.volume} is missing in pool ${node.pool}. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.`,
    });
  }
  if ((await leftOutPorts(proxy.controlSocket)).includes(sshPort)) {
    throw new SshPortTakenError({
      message: `Another program of the node has port ${sshPort}, as the others that were tried. The operator can end it, or widen SSH_PORT_FIRST and SSH_PORT_LAST.`,
    });
  }
}
