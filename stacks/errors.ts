/**
 * Each way in which a stack may fail, by its stable code, with the status that a client gets who waits for it. Errors that only
 * one kind of place knows are in its own folder.
 */
export const stackStatuses = {
  LIBVIRT_UNAVAILABLE: 503,
  NODE_NOT_PREPARED: 503,
  BASE_IMAGE_MISSING: 503,
  FIREWALL_DOWN: 503,
  SSH_PORT_TAKEN: 503,
  SITE_REFUSED: 503,
  VM_NOT_READY: 504,
  DEPLOYMENT_FAILED: 503,
  AGENT_UNREACHABLE: 504,
  SLEEP_FAILED: 503,
  MEMORY_SHORT: 503,
  DISK_SHORT: 503,
  WORKER_LOST: 503,
};

export type StackCode = keyof typeof stackStatuses;

export interface StackErrorOptions {
  /** A sentence that says what to do. Never a secret. */
  message: string;
  /** Last lines of the VM's console, where they say more. */
  console?: string[];
  cause?: unknown;
}

/** Base of what can go wrong with a stack. */
export abstract class StackError extends Error {
  /** Null for what is no failure. */
  abstract readonly code: StackCode | null;
  readonly console: string[] | undefined;

  constructor({ message, console, cause }: StackErrorOptions) {
    super(message, { cause });
    this.name = new.target.name;
    this.console = console;
  }
}

export class NodeNotPreparedError extends StackError {
  readonly code = 'NODE_NOT_PREPARED';
}

/** Nobody vouches for the rules that keep VMs apart, so none is made. */
export class FirewallDownError extends StackError {
  readonly code = 'FIREWALL_DOWN';
}

export class SshPortTakenError extends StackError {
  readonly code = 'SSH_PORT_TAKEN';
}

export class SiteRefusedError extends StackError {
  readonly code = 'SITE_REFUSED';
}

export class VmNotReadyError extends StackError {
  readonly code = 'VM_NOT_READY';
}

/** The engine failed in a way that none of the others names. Its words are for the log, not for the client. */
export class DeploymentFailedError extends StackError {
  readonly code = 'DEPLOYMENT_FAILED';
}

/** The work was stopped from outside: the process is shutting down, or lost its claim. */
export class StoppedError extends StackError {
  readonly code = null;
}

/** The guest's own helper does not answer; its user may have ended it. */
export class AgentUnreachableError extends StackError {
  readonly code = 'AGENT_UNREACHABLE';
}

/** A machine's memory could not be written to disk; it goes on running. */
export class SleepFailedError extends StackError {
  readonly code = 'SLEEP_FAILED';
}

/** The node has no memory for one more machine at the moment. */
export class MemoryShortError extends StackError {
  readonly code = 'MEMORY_SHORT';
}

/** A disk of the node could become full. */
export class DiskShortError extends StackError {
  readonly code = 'DISK_SHORT';
}

/** The workers that tried died one after another. */
export class WorkerLostError extends StackError {
  readonly code = 'WORKER_LOST';
}

/** Asked before the engine starts and in loops that wait: they miss an abort that came earlier. @throws StoppedError */
export function stopIfAsked(signal: AbortSignal): void {
  if (signal.aborted) throw new StoppedError({ message: 'The work was stopped.' });
}
