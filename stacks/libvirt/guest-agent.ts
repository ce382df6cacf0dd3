import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../../programs/run-command.ts';
import { AgentUnreachableError, stopIfAsked } from '../errors.ts';
import type { GuestScript } from '../machine-place.ts';
import { LibvirtUnavailableError } from './errors.ts';
import type { Machine } from './power.ts';
import { virsh } from './virsh.ts';

/** Milliseconds that a guest's agent gets to answer; in a boot it starts after nginx and sshd. */
const agentTimeout = 60_000;
const interval = 500;
/** Seconds that it gets to answer a look, and to do what it is asked: a guest that still boots on a busy node is slow. */
const pingSeconds = 5;
const commandSeconds = 15;
/** Milliseconds that a program in a guest gets, and between two looks at it. */
const programTimeout = 30_000;
const programInterval = 200;

/**
 * Waits until the agent of a running guest answers.
 * @param timeout milliseconds
 * @throws AgentUnreachableError, LibvirtUnavailableError, StoppedError
 */
export async function untilAgentAnswers(
  machine: Machine,
  signal: AbortSignal,
  timeout: number = agentTimeout,
): Promise<void> {
  const deadline = Date.now() + timeout;
  for (;;) {
    try {
      await askAgent(machine, 'guest-ping', {}, pingSeconds);
      return;
    } catch (error) {
      stopIfAsked(signal);
      if (error instanceof LibvirtUnavailableError) throw error;
      if (Date.now() > deadline || /domain is not running/.test(String(error))) throw agentUnreachable(machine, error);
      await delay(interval);
    }
  }
}

/**
 * Has a guest's agent carry out a command (QEMU Guest Agent Protocol Reference, 7.2).
 * @param seconds that it gets, fewer than virsh itself does
 * @returns what it answered; whoever is root there answers what they like.
 */
export async function askAgent(
  { libvirtUri, vmId }: Machine,
  execute: string,
  more: object = {},
  seconds: number = commandSeconds,
): Promise<unknown> {
  const command = JSON.stringify({ execute, arguments: more });
  const asked = ['qemu-agent-command', vmId, command, '--timeout', String(seconds)];
  const output = await virsh(libvirtUri, ...asked).catch((error: unknown) => {
    throw withoutArguments(error, execute);
  });
  return (JSON.parse(output) as { return?: unknown }).return ?? {};
}

interface ProcessState {
  exited?: unknown;
  exitcode?: unknown;
}

/** Runs a shell script as a guest's root. @throws Error when it fails there, or takes too long; StoppedError */
export async function runInGuest(machine: Machine, { script, input }: GuestScript, signal: AbortSignal): Promise<void> {
  const program = { path: '/bin/sh', arg: ['-c', script] };
  const given = input !== undefined && { 'input-data': Buffer.from(input).toString('base64') };
  const begun = (await askAgent(machine, 'guest-exec', { ...program, ...given })) as { pid?: unknown };
  const deadline = Date.now() + programTimeout;
  for (;;) {
    const state = (await askAgent(machine, 'guest-exec-status', { pid: begun.pid })) as ProcessState;
    if (state.exited === true && state.exitcode === 0) return;
    if (state.exited === true || Date.now() > deadline)
      throw new Error(`a script failed in the guest: ${JSON.stringify(state).slice(0, 300)}`);
    stopIfAsked(signal);
    await delay(programInterval);
  }
}

export function agentUnreachable({ vmId }: Machine, cause: unknown): AgentUnreachableError {
  return new AgentUnreachableError({
    message: `The guest agent of the machine ${vmId} does not answer as it should. Start it there with \`sudo systemctl restart qemu-guest-agent\` and try again, or change what you want there yourself: keys are in ~/.ssh/authorized_keys, and \`sudo passwd ubuntu\` sets a password.`,
    cause,
  });
}

/** Characters of an error that a guest may have written. */
const mostWords = 300;

/**
 * An error without what was sent, which may hold a password's hash. Words that the guest may have written are not taken for
 * those of libvirt.
 */
function withoutArguments(error: unknown, execute: string): Error {
  const { cause } = error as Error;
  const reason = cause instanceof CommandError ? cause.reason : 'it could not be asked';
  const told = new Error(`${execute}: ${reason.slice(0, mostWords)}`);
  const isGuests = /QEMU agent command|guest agent/i.test(reason);
  if (!(error instanceof LibvirtUnavailableError) || isGuests) return told;
  return new LibvirtUnavailableError({ message: error.message, cause: told });
}
