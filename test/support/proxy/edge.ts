// The proxy before programs of these tests, which stand for the web servers of two tenants.
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { freePorts, freeRange } from '../../../scripts/dev/ports.ts';
import { proxySettings, startProxy } from '../../../scripts/dev/proxy.ts';
import type { HttpsRedirect } from '../../../templates/proxy.ts';
import { run } from '../run.ts';
import { type Route, routeFile } from '../../../templates/site.ts';

export interface TestEdge {
  directory: string;
  httpPort: number;
  httpsPort: number;
  /** PEM file with the certificate. */
  certificate: string;
  /** Puts a site in place of what there is under this id. */
  setSite: (id: number, site: EdgeSite) => void;
  /** Says that the machine of a site sleeps, or that it does no more. */
  setAsleep: (id: number, isAsleep: boolean) => void;
  /** Has the proxy read its configuration again, which sites never need. */
  reload: () => Promise<void>;
  /** Has the proxy serve the service's own certificate as its file has it now. */
  takeCertificate: () => Promise<void>;
  stop: () => Promise<void>;
}

/** What stands for a machine on this one: the ports of its servers, and where they are to be found. */
export interface EdgeSite {
  /** Port of its web server. */
  web: number;
  /** Port of its SSH server, and the proxy's for it. */
  ssh?: { port: number; at: number };
  hosts?: string[];
  suspended?: boolean;
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

/**
 * @param options.sites port of each site's web server, by user id
 * @param options.sshPorts the range of the sites' SSH ports; one port that nobody uses by default.
 */
export async function startEdge(options: {
  apiPort: number;
  sites: Record<number, number>;
  sshPorts?: { first: number; last?: number };
  httpsRedirect?: HttpsRedirect;
  answerSeconds?: number;
  wakeSeconds?: number;
  publicHost?: string;
  sitesDomain?: string;
  redirectPaths?: boolean;
  trustedProxies?: string[];
  proxyProtocolPorts?: { http: number; https: number };
}): Promise<TestEdge> {
  const { sites, sshPorts, ...others } = options;
  const directory = mkdtempSync('/var/tmp/webhoster-edge-');
  chmodSync(directory, 0o711);
  const { sites: folder, certificate } = proxySettings(directory);
  const setSite = (id: number, site: EdgeSite) => writeRoute(folder, id, site);
  const setAsleep = (id: number, isAsleep: boolean) => {
    const marker = join(folder, 'asleep', String(id));
    if (!isAsleep) return rmSync(marker, { force: true });
    mkdirSync(dirname(marker), { recursive: true });
    writeFileAtomic.sync(marker, '');
  };
  for (const [id, web] of Object.entries(sites)) setSite(Number(id), { web });
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const { first: sshPortFirst, last: sshPortLast = sshPortFirst } = sshPorts ?? { first: await freeRange(1) };
  const ports = { httpPort, httpsPort, sshPortFirst, sshPortLast };
  const service = await startProxy({ directory, logs: join(directory, 'logs'), ...ports, ...others });
  const stop = async () => {
    await service.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  const { reload, takeCertificate } = proxySettings(directory);
  const does = ([command = '', ...args]: string[]) => {
    return async () => void (await run(command, args, { timeout: 30_000 }));
  };
  const commands = { reload: does(reload), takeCertificate: does(takeCertificate) };
  return { directory, httpPort, httpsPort, certificate, setSite, setAsleep, ...commands, stop };
}

/** As `templates/site.ts` does, for servers that are on this machine. */
function writeRoute(folder: string, id: number, { web, ssh, hosts = [], suspended = false }: EdgeSite): void {
  const leadingHere = [...(ssh ? [`ports/${ssh.at}`] : []), ...hosts.map((host) => `hosts/${host}`)];
  const [host = ''] = hosts;
  const route: Route = suspended
    ? { web: 'suspended', ssh: '', host, leadingHere }
    : { web: `127.0.0.1:${web}`, ssh: ssh ? `127.0.0.1:${ssh.port}` : '', host, leadingHere };
  for (const path of [routeFile(id), ...leadingHere]) {
    const content = path === routeFile(id) ? JSON.stringify(route) : String(id);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileAtomic.sync(join(folder, path), `${content}\n`);
  }
}

export interface AskOptions {
  secure?: boolean;
  method?: string;
  headers?: Record<string, string | string[]>;
  body?: string;
  /** For who does not wait for the answer; after a minute nobody does. */
  signal?: AbortSignal;
}

export interface Told {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

/** One request over a connection of its own, to `localhost` unless a header says otherwise. Follows no redirect. */
export async function ask(edge: TestEdge, path: string, options: AskOptions = {}): Promise<Told> {
  const { secure = false, method = 'GET', headers = {}, body, signal = AbortSignal.timeout(60_000) } = options;
  const port = secure ? edge.httpsPort : edge.httpPort;
  const place = { host: '127.0.0.1', port, path, method, agent: false, signal };
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
