import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { BaseImageMissingError, SshPortTakenError } from './errors.ts';
import { requireFirewall } from './firewall-report.ts';
import type { StackEnvironment } from './leftovers.ts';
import { volumeNames } from './virsh.ts';

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
  { node }: StackEnvironment,
  { proxyUrl, firewallReport }: Checks,
  sshPort: number,
): Promise<void> {
  await requireFirewall(firewallReport);
  const volumes = await volumeNames(node.libvirtUri, node.pool);
  if (!volumes.includes(node.image.volume)) {
    throw new BaseImageMissingError({
      message: `The base image ${node.image.volume} is missing in pool ${node.pool}. Run scripts/docker-start.sh, or without containers scripts/node/prepare-node.sh.`,
    });
  }
  const { hostname } = new URL(proxyUrl);
  if ((await answers(hostname, sshPort)) || (await isBound(sshPort))) {
    throw new SshPortTakenError({
      message: `Another program of the node listens on port ${sshPort}, as on the others that were tried. The operator can end it, or widen SSH_PORT_FIRST and SSH_PORT_LAST.`,
    });
  }
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 1_000 });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    // Refused or unanswered: nobody is there, which is what we hope for.
    return false;
  } finally {
    socket.destroy();
  }
}

/** Whether a program of this machine has the port, on whichever address. */
async function isBound(port: number): Promise<boolean> {
  const server = createServer().listen(port, '0.0.0.0');
  try {
    await once(server, 'listening');
    await once(server.close(), 'close');
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true;
    throw error;
  }
}
