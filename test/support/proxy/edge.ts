// The proxy before programs of these tests, which stand for the web servers of two tenants.
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { freePorts } from '../../../scripts/dev/ports.ts';
import { proxySettings, startProxy } from '../../../scripts/dev/proxy.ts';
import type { HttpsRedirect } from '../../../templates/proxy.ts';
import { run } from '../run.ts';

export interface TestEdge {
  directory: string;
  httpPort: number;
  httpsPort: number;
  /** PEM file with the certificate. */
  certificate: string;
  /** Has the proxy read its configuration again. */
  reload: () => Promise<void>;
  stop: () => Promise<void>;
}

/** A web server of a tenant. */
export interface Tenant {
  server: Server;
  port: number;
  stop: () => Promise<void>;
}

export async function startTenant(answer: RequestListener): Promise<Tenant> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { server, port: (server.address() as AddressInfo).port, stop };
}

/** @param options.sites port of each site's web server, by user id */
export async function startEdge(options: {
  apiPort: number;
  sites: Record<number, number>;
  httpsRedirect?: HttpsRedirect;
}): Promise<TestEdge> {
  const { sites, ...others } = options;
  const directory = mkdtempSync('/var/tmp/webhoster-edge-');
  chmodSync(directory, 0o711);
  const { sites: folder, certificate, reload } = proxySettings(directory);
  mkdirSync(join(folder, 'http'), { recursive: true });
  for (const [id, port] of Object.entries(sites))
    writeFileSync(join(folder, `http/${id}.conf`), `${id} 127.0.0.1:${port};\n`);
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const service = await startProxy({ directory, logs: join(directory, 'logs'), httpPort, httpsPort, ...others });
  const stop = async () => {
    await service.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const [command = '', ...args] = reload.split(' ');
  return {
    directory,
    httpPort,
    httpsPort,
    certificate,
    reload: async () => void (await run(command, args, { timeout: 30_000 })),
    stop,
  };
}

export interface AskOptions {
  secure?: boolean;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
}

export interface Told {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** One request over a connection of its own, to `localhost` unless a header says otherwise. Follows no redirect. */
export async function ask(edge: TestEdge, path: string, options: AskOptions = {}): Promise<Told> {
  const { secure = false, method = 'GET', headers = {}, body } = options;
  const port = secure ? edge.httpsPort : edge.httpPort;
  const place = { host: '127.0.0.1', port, path, method, agent: false, signal: AbortSignal.timeout(60_000) };
  const init = { ...place, headers: { host: `localhost:${port}`, ...headers } };
  const request = secure
    ? httpsRequest({ ...init, servername: 'localhost', ca: readFileSync(edge.certificate) })
    : httpRequest(init);
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() };
}

/** All that comes over a connection until it is closed; a reset is one way of closing. */
export async function untilClosed(socket: Socket): Promise<string> {
  let got = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => (got += data.toString('latin1')));
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  await promise;
  return got;
}

/** Answers as the query says: `status`, `h=Name: value` for each header. Tells the request's headers. */
export const answerAsAsked: RequestListener = (request, response) => {
  const { searchParams: query } = new URL(request.url ?? '', 'http://site');
  const headers = query.getAll('h').flatMap((line) => [line.split(': ')[0] ?? '', line.slice(line.indexOf(': ') + 2)]);
  response.writeHead(Number(query.get('status') ?? 200), headers);
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(request.headers));
};

/** A site's address at which it answers with these headers. */
export const siteSaying = (...lines: string[]) =>
  `/1/?${new URLSearchParams(lines.map((line): [string, string] => ['h', line])).toString()}`;
