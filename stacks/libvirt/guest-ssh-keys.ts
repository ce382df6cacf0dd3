import { stopIfAsked } from '../errors.ts';
import type { KeyChange } from '../machine-place.ts';
import { agentUnreachable, askAgent, untilAgentAnswers } from './guest-agent.ts';
import type { Machine } from './power.ts';

/** Milliseconds for all that the agent is asked to do, and lines that it may be asked to remove: its root may be hostile. */
const changeTimeout = 60_000;
const mostLines = 100;
const username = 'ubuntu';

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
  // Compared by the key itself, as comments may have been changed.
  const gone = [...new Set(there.filter((line) => has(remove, line)))];
  if (gone.length > mostLines) throw agentUnreachable(machine, new Error(`${gone.length} lines have the key`));
  const missing = add.filter((key) => !has(there, key));
  const deadline = Date.now() + changeTimeout;
  // One at a time, as a command line has a limit.
  const askForEach = async (command: string, lines: string[]) => {
    for (const key of lines) {
      stopIfAsked(signal);
      if (Date.now() > deadline) throw agentUnreachable(machine, new Error('it was too slow'));
      await askAgent(machine, command, { username, keys: [key] });
    }
  };
  await askForEach('guest-ssh-remove-authorized-keys', gone);
  await askForEach('guest-ssh-add-authorized-keys', missing);
}

/** The lines of `authorized_keys`. */
async function linesOf(machine: Machine): Promise<string[]> {
  try {
    const { keys } = (await askAgent(machine, 'guest-ssh-get-authorized-keys', { username })) as { keys?: unknown };
    return Array.isArray(keys) ? keys.filter((line) => typeof line === 'string') : [];
  } catch (error) {
    // There is no such file, which is as good as an empty one.
    if (/No such file/i.test(String(error))) return [];
    throw error;
  }
}

/** The part of a line that is the key, after whatever options stand before it. */
function materialOf(line: string): string {
  return /(?:^|\s)(?:ssh|ecdsa|sk)-[\w.@-]+\s+([A-Za-z0-9+/=]+)/.exec(line)?.[1] ?? line;
}
