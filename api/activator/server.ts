import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type WakeAnswer, type WakeServices, Wakes } from './wakes.ts';

/** Connections that wait to be taken: as many as nginx may have at once. */
const mostWaiting = 4_096;

/**
 * Answers the proxy that has a visitor for a machine that sleeps, once that answers: `POST /wake/{user_id}` with the visitor's
 * address in `X-Client-Address`. It listens on a Unix socket alone, as whoever may ask may wake all machines.
 */
export async function openActivator(services: WakeServices, socket: string): Promise<{ close: () => Promise<void> }> {
  const stopping = new AbortController();
  const wakes = new Wakes(services);
  const server = createServer((request, response) => {
    void answer(wakes, request, stopping.signal)
      .catch((error: unknown): WakeAnswer => {
        services.logger.error({ err: error, path: request.url }, 'a machine could not be woken');
        return { status: 503, retryAfter: 10 };
      })
      .then((told) => {
        response.shouldKeepAlive = false;
        if ('retryAfter' in told) response.setHeader('Retry-After', told.retryAfter);
        response.writeHead(told.status).end();
      });
  });
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  // That of a process that was killed.
  await rm(socket, { force: true });
  // The proxy's workers are of another user; nobody else reaches the folder.
  server.listen({ path: socket, writableAll: true, backlog: mostWaiting });
  await once(server, 'listening');
  return {
    close: async () => {
      stopping.abort();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  wakes: Wakes,
  { method, url, headers }: IncomingMessage,
  signal: AbortSignal,
): Promise<WakeAnswer> {
  const [, userId] = /^\/wake\/([1-9]\d{0,7})$/.exec(url ?? '') ?? [];
  if (method !== 'POST' || userId === undefined) return { status: 404 };
  const told = String(headers['x-client-address']);
  return wakes.wake(Number(userId), isIP(told) ? told : '0.0.0.0', signal);
}
