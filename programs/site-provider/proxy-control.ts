import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** Milliseconds that the proxy may take to answer. It needs less than one. */
const timeLimit = 10_000;

/**
 * Asks the proxy, over the socket that it has for workers alone.
 * @param path `/ids/7`, `/ports/10022` or `/hosts/gildong.localhost` for what it reads there, `/left-out-ports`.
 * @returns the text; null where there is none.
 * @throws Error that says why there is no answer.
 */
export async function askProxy(controlSocket: string, path: string): Promise<string | null> {
  const asked = request({ socketPath: controlSocket, path, agent: false, signal: AbortSignal.timeout(timeLimit) });
  try {
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const content = await text(answer);
    if (answer.statusCode === 404) return null;
    if (answer.statusCode === 200) return content;
    throw new Error(`it answered ${answer.statusCode} for ${path}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The proxy does not answer at ${controlSocket}: ${reason}. Is it running?`, { cause: error });
  }
}

/** The hostings' ports that other programs had when the proxy started, and that it has not taken up since. */
export async function leftOutPorts(controlSocket: string): Promise<number[]> {
  const lines = (await askProxy(controlSocket, '/left-out-ports')) ?? '';
  return lines.split('\n').filter(Boolean).map(Number);
}
