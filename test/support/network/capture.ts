import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Capture {
  /** Whether a frame with this in it was seen. */
  saw: (mark: string | Buffer) => boolean;
  stop: () => Promise<void>;
}

/**
 * Sees every frame that arrives at a network interface of this machine, or of a network namespace of it, or leaves it;
 * `in` for those alone that come in.
 */
export async function capture(
  networkInterface: string,
  namespace?: string,
  direction: 'in' | 'inout' = 'inout',
): Promise<Capture> {
  const command = [
    'tcpdump',
    '-i',
    networkInterface,
    '-Q',
    direction,
    '--immediate-mode',
    '-U',
    '-s',
    '256',
    '-w',
    '-',
  ];
  const [program = '', ...args] = namespace ? ['ip', 'netns', 'exec', namespace, ...command] : command;
  const tcpdump = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(tcpdump, 'exit');
  const chunks: Buffer[] = [];
  tcpdump.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const lines: string[] = [];
  for await (const line of createInterface({ input: tcpdump.stderr })) {
    lines.push(line);
    if (line.includes('listening on')) break;
  }
  if (!lines.at(-1)?.includes('listening on')) throw new Error(`tcpdump: ${lines.join('\n')}`);
  return {
    saw: (mark) => Buffer.concat(chunks).includes(mark),
    stop: async () => {
      tcpdump.kill('SIGTERM');
      await ended;
    },
  };
}
