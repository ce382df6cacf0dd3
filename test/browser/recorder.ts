import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Recorded {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Of the answer. */
  status: number;
}

export interface Recorder {
  port: number;
  requests: Recorded[];
  stop: () => Promise<void>;
}

/** Hands requests on to another server, and remembers them. @param options.without headers that its answers lose */
export async function startRecorder(options: { target: string; without?: string[] }): Promise<Recorder> {
  const { target, without = [] } = options;
  const requests: Recorded[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const onward = httpRequest(new URL(url, target), { method, headers }, (answer: IncomingMessage) => {
      const { statusCode: status = 0 } = answer;
      requests.push({ method, url, headers, status });
      const kept = Object.entries(answer.headers).filter(([name]) => !without.includes(name));
      outgoing.writeHead(status, Object.fromEntries(kept) as IncomingHttpHeaders);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { port: (server.address() as AddressInfo).port, requests, stop };
}
