// Stands for the api's activator, on the socket where the proxy asks it.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import { proxySettings } from '../../../scripts/dev/proxy.ts';
import type { TestEdge } from './edge.ts';

/** What the proxy asked for. */
export interface Asked {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
  /** Resolves when the proxy has its answer, or went away before. */
  over: Promise<'answered' | 'left'>;
}

export type Answer = number | { status: number; retryAfter: number };

export interface TestActivator {
  /** How a site is answered; never, where nothing is said of it. */
  answers: Map<number, () => Promise<Answer>>;
  /** All that was asked, by site. */
  asked: (id: number | string) => Asked[];
  /** Resolves when a site was asked for so often. */
  untilAsked: (id: number, times: number) => Promise<void>;
  /** Has the machine of a site wake up, once for all who ask, when `ready` resolves; the marker goes and then they are told. */
  wakes: (id: number, ready: () => Promise<unknown>) => void;
  stop: () => Promise<void>;
}

export async function startActivator(edge: TestEdge): Promise<TestActivator> {
  const answers: TestActivator['answers'] = new Map();
  const all = new Map<string, Asked[]>();
  const asked = (id: number | string) => all.get(`/wake/${id}`) ?? [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', method, headers } = request;
    const asking = { method, headers, body: await readAll(request), over: ending(response) };
    all.set(url, [...(all.get(url) ?? []), asking]);
    server.emit('asked');
    const said = await answers.get(Number(url.split('/')[2]))?.();
    if (said === undefined) return;
    const { status, retryAfter } = typeof said === 'number' ? { status: said, retryAfter: undefined } : said;
    response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end();
  };
  const server = createServer((request, response) => void answer(request, response));
  // A full queue is a refusal, to a Unix socket.
  server.listen({ path: proxySettings(edge.directory).activatorSocket, writableAll: true, backlog: 4_096 });
  await once(server, 'listening');
  return {
    answers,
    asked,
    untilAsked: async (id, times) => {
      while (asked(id).length < times) await once(server, 'asked');
    },
    wakes: (id, ready) => {
      let waking: Promise<Answer> | undefined;
      const wake = async () => {
        await ready();
        edge.setAsleep(id, false);
        return 204;
      };
      answers.set(id, () => (waking ??= wake()));
    },
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function ending(response: ServerResponse): Promise<'answered' | 'left'> {
  await once(response, 'close');
  return response.writableFinished ? 'answered' : 'left';
}
