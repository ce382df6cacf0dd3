import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Capture {
  /** Whether a frame with this text in it was seen. */
  saw: (mark: string) => boolean;
  stop: () => Promise<void>;
}

/** Sees every frame that arrives at, or leaves, a network interface of this machine. */
export async function capture(networkInterface: string): Promise<Capture> {
  const tcpdump = spawn('tcpdump', ['-i', networkInterface, '--immediate-mode', '-U', '-s', '256', '-w', '-'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
