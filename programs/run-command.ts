import { execa } from 'execa';

/** Milliseconds from the request to end until a program is ended by force. */
const grace = 5_000;

/** How a program ended: by itself with a status, or by a signal; `limit` are the milliseconds that ran out, if any did. */
export interface Ending {
  status: number | null;
  signal: NodeJS.Signals | null;
  limit?: number | undefined;
}

/** An ending in words that go after the program's name. Only what ran out of time is said to have. */
export function endingInWords({ status, signal, limit }: Ending): string {
  if (limit !== undefined) return `it did not end in ${limit / 1_000} s`;
  return signal === null ? `it ended with status ${status}` : `it was killed by ${signal}`;
}

/** A program that ended otherwise than with status 0. */
export class CommandError extends Error {
  readonly ending: Ending;
  /** What it said, or how it ended where that says more. */
  readonly reason: string;

  constructor(command: readonly string[], ending: Ending, complaint: string) {
    const words = endingInWords(ending);
    const isItsOwn = ending.limit === undefined && ending.signal === null;
    const reason = complaint === '' ? words : isItsOwn ? complaint : `${words}: ${complaint}`;
    super(`${command.join(' ')}: ${reason}`);
    this.name = new.target.name;
    this.ending = ending;
    this.reason = reason;
  }
}

export interface CommandOptions {
  /** Milliseconds. */
  timeout: number;
  /** For its standard input, which is empty otherwise. */
  input?: string;
  /** Beside this process's own. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Once it is aborted the program is asked to end, and is made to after a moment. */
  signal?: AbortSignal;
}

/**
 * Runs a program to its end.
 * @returns what it printed.
 * @throws CommandError when it failed, was killed, or did not end in time; Error with Node's words when it cannot be started.
 */
export async function runCommand(
  command: readonly string[],
  { signal: cancelSignal, ...options }: CommandOptions,
): Promise<string> {
  const [program = '', ...args] = command;
  const always = { forceKillAfterDelay: grace, stripFinalNewline: false, reject: false } as const;
  const running = execa(program, args, { input: '', ...options, ...always, ...(cancelSignal && { cancelSignal }) });
  // Whatever it has started may hold these.
  const letGo = () => {
    running.stdout.destroy();
    running.stderr.destroy();
  };
  const timers = [setTimeout(letGo, options.timeout + grace)];
  const onAbort = () => void timers.push(setTimeout(letGo, grace));
  cancelSignal?.addEventListener('abort', onAbort);
  const ended = await running;
  cancelSignal?.removeEventListener('abort', onAbort);
  timers.forEach(clearTimeout);
  if (!ended.failed) return ended.stdout;
  const { exitCode: status = null, signal = null, timedOut, isMaxBuffer, code, originalMessage, stderr } = ended;
  if (isMaxBuffer || (code !== undefined && !timedOut))
    throw new Error(`${command.join(' ')}: ${originalMessage}`, { cause: ended.cause });
  throw new CommandError(command, { status, signal, limit: timedOut ? options.timeout : undefined }, stderr.trim());
}
