import { setTimeout as delay } from 'node:timers/promises';
import { AgentUnreachableError, LibvirtUnavailableError, stopIfAsked } from './errors.ts';
import type { Machine } from './power.ts';
import { virsh } from './virsh.ts';

/** Milliseconds that the guest's agent gets to answer: it starts after all that serves. */
const agentTimeout = 60_000;
const interval = 500;
/** Milliseconds for all that it is asked to do then, and lines that it may be asked to remove: its root may be hostile. */
const changeTimeout = 60_000;
const mostLines = 100;
const username = 'ubuntu';

/** What is to be in a guest's `authorized_keys`, and what is not; lines of OpenSSH public keys. */
export interface KeyChange {
  add: string[];
  remove: string[];
}

/**
 * Has the agent of a running guest add and remove keys of its user. Those that the user wrote there by hand stay.
 * @throws AgentUnreachableError when the agent does not answer; StoppedError; LibvirtUnavailableError
 */
export async function changeGuestKeys(
  machine: Machine,
  { add, remove }: KeyChange,
  signal: AbortSignal,
): Promise<void> {
  await untilAgentAnswers(machine, signal);
  const there = await linesOf(machine);
  const has = (lines: string[], key: string) => lines.some((line) => materialOf(line) === materialOf(key));
  // By the key itself: its comment may have been changed.
  const gone = [...new Set(there.filter((line) => has(remove, line)))];
  if (gone.length > mostLines) throw unreachable(machine, new Error(`${gone.length} lines have the key`));
  const missing = add.filter((key) => !has(there, key));
  const deadline = Date.now() + changeTimeout;
  // One at a time, as a command line has a limit.
  const askForEach = async (command: string, lines: string[]) => {
    for (const key of lines) {
      stopIfAsked(signal);
      if (Date.now() > deadline) throw unreachable(machine, new Error('it was too slow'));
      await ask(machine, command, { username, keys: [key] });
    }
  };
  await askForEach('guest-ssh-remove-authorized-keys', gone);
  await askForEach('guest-ssh-add-authorized-keys', missing);
}

function unreachable({ vmId }: Machine, cause: unknown): AgentUnreachableError {
  return new AgentUnreachableError({
    message: `The machine ${vmId} does not take keys: its guest agent does not answer as it should. Start it there with \`sudo systemctl restart qemu-guest-agent\` and try again, or write the key into ~/.ssh/authorized_keys yourself.`,
    cause,
  });
}

async function untilAgentAnswers(machine: Machine, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + agentTimeout;
  for (;;) {
    try {
      await ask(machine, 'guest-ping');
      return;
    } catch (error) {
      stopIfAsked(signal);
      if (error instanceof LibvirtUnavailableError) throw error;
      if (Date.now() > deadline || /domain is not running/.test(String(error))) throw unreachable(machine, error);
      await delay(interval);
    }
  }
}

interface KeysAnswer {
  return?: { keys?: unknown };
}

/** The lines of `authorized_keys`. */
async function linesOf(machine: Machine): Promise<string[]> {
  try {
    const answer = JSON.parse(await ask(machine, 'guest-ssh-get-authorized-keys', { username })) as KeysAnswer;
    // Whoever is root there answers what they like.
    const { keys } = answer.return ?? {};
    return Array.isArray(keys) ? keys.filter((line) => typeof line === 'string') : [];
  } catch (error) {
    // There is no such file, which is as good as an empty one.
    if (/No such file/i.test(String(error))) return [];
    throw error;
  }
}

/** A command of the agent (QEMU Guest Agent Protocol Reference, 7.2). virsh's own for keys prints them without a break between. */
function ask({ libvirtUri, vmId }: Machine, execute: string, more: object = {}): Promise<string> {
  const command = JSON.stringify({ execute, arguments: more });
  return virsh(libvirtUri, 'qemu-agent-command', vmId, command, '--timeout', '5');
}

/** The part of a line that is the key, after whatever options stand before it. */
function materialOf(line: string): string {
  return /(?:^|\s)(?:ssh|ecdsa|sk)-[\w.@-]+\s+([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? line;
}
