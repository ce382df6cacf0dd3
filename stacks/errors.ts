export interface StackErrorOptions {
  /** A sentence that says what to do. Never a secret. */
  message: string;
  /** Last lines of the VM's console, where they say more. */
  console?: string[];
  cause?: unknown;
}

/** Base of what can go wrong with a stack. `code` is stable, `status` is what a waiting client gets. */
export abstract class StackError extends Error {
  abstract readonly code: string;
  readonly status: number = 503;
  readonly expose: boolean = true;
  readonly console: string[] | undefined;

  constructor({ message, console, cause }: StackErrorOptions) {
    super(message, { cause });
    this.name = new.target.name;
    this.console = console;
  }
}

export class LibvirtUnavailableError extends StackError {
  readonly code = 'LIBVIRT_UNAVAILABLE';
}

export class NodeNotPreparedError extends StackError {
  readonly code = 'NODE_NOT_PREPARED';
}

export class BaseImageMissingError extends StackError {
  readonly code = 'BASE_IMAGE_MISSING';
}

/** Nobody vouches for the rules that keep VMs apart, so none is made. */
export class FirewallDownError extends StackError {
  readonly code = 'FIREWALL_DOWN';
}

/** libvirt could not make a VM's filters, mostly because another program changed the node's rules meanwhile. */
export class FirewallBusyError extends StackError {
  readonly code = 'FIREWALL_BUSY';
}

export class SshPortTakenError extends StackError {
  readonly code = 'SSH_PORT_TAKEN';
}

export class SiteRefusedError extends StackError {
  readonly code = 'SITE_REFUSED';
}

export class VmNotReadyError extends StackError {
  readonly code = 'VM_NOT_READY';
  override readonly status = 504;
}

/** The engine failed in a way that none of the others names. Its words are for the log, not for the client. */
export class DeploymentFailedError extends StackError {
  readonly code = 'DEPLOYMENT_FAILED';
}

/** The work was stopped from outside: the process is shutting down, or lost its claim. */
export class StoppedError extends StackError {
  readonly code = 'STOPPED';
  override readonly expose = false;
}

/** The guest's own helper does not answer; its user may have ended it. */
export class AgentUnreachableError extends StackError {
  readonly code = 'AGENT_UNREACHABLE';
  override readonly status = 504;
}

/** The workers that tried died one after another. */
export class WorkerLostError extends StackError {
  readonly code = 'WORKER_LOST';
}

/** Asked before the engine starts and in loops that wait: they miss an abort that came earlier. @throws StoppedError */
export function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new StoppedError({ message: 'The work was stopped.' });
}
