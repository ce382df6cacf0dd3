import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediaTypes } from '../protocol.ts';

/** Milliseconds between comments on a silent stream, so that no proxy takes it for dead. */
const keepAlive = 15_000;

/** Header fields of a stream of server-sent events. */
export const eventStreamHeaders = { 'Content-Type': `${mediaTypes.events}; charset=utf-8`, 'X-Accel-Buffering': 'no' };

/**
 * The body of a stream of server-sent events.
 * @param frames makes them, until its signal is aborted because the reader went away
 * @param onBroken told of what the frames throw while there is a reader
 */
export function eventStream(
  frames: (signal: AbortSignal) => AsyncGenerator<string>,
  onBroken: (error: unknown) => void,
): PassThrough {
  const stream = new PassThrough();
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  const comment = setInterval(() => stream.write(': still here\n\n'), keepAlive);
  pipeline(Readable.from(frames(closed.signal)), stream, { signal: closed.signal })
    .catch((error: unknown) => {
      if (!closed.signal.aborted) onBroken(error);
    })
    .finally(() => clearInterval(comment));
  return stream;
}
