import { execFile } from 'node:child_process';

/** Milliseconds from the request to end until a program is ended by force. */
const grace = 5_000;
/** Bytes of output. */
const mostOutput = 2 ** 26;

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
export class ProgramError extends Error {
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

export interface ProgramOptions {
  /** Milliseconds. */
  timeout: number;
  /** For its standard input, which is empty otherwise. */
  input?: string;
  /** By default this process's own. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/**
 * Runs a program to its end.
 * @returns what it printed.
 * @throws ProgramError when it failed, was killed, or did not end in time; Error with Node's words when it cannot be started.
 */
export function runProgram(command: readonly string[], options: ProgramOptions): Promise<string> {
  const [program = '', ...args] = command;
  const { timeout, input = '', ...where } = options;
  return new Promise((resolve, reject) => {
    let limit: number | undefined;
    const child = execFile(program, args, { ...where, maxBuffer: mostOutput }, (error, stdout, stderr) => {
      timers.forEach(clearTimeout);
      if (error && limit === undefined && typeof error.code === 'string')
        reject(new Error(`${command.join(' ')}: ${error.message}`, { cause: error }));
      else if (error || limit !== undefined)
        reject(new ProgramError(command, { status: child.exitCode, signal: child.signalCode, limit }, stderr.trim()));
      else resolve(stdout);
    });
    const end = () => {
      limit = timeout;
      child.kill('SIGTERM');
    };
    const force = () => {
      child.kill('SIGKILL');
      // Whatever it has started may hold these.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const timers = [setTimeout(end, timeout), setTimeout(force, timeout + grace)];
    // Should it end before it has read all, its status tells.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
