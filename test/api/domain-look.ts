// A look at a domain with a DNS server of the test's own, and with servers on addresses of this machine.
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { lookAt, type Whereabouts } from '../../api/domains/proof.ts';
import type { Missing } from '../../api/models/domain.ts';
import { DnsServer } from '../support/network/dns-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const name = 'www.shop.com';
export const token = 'a-token-of-this-domain01';
export const siteHost = 'gildong.sites.com';
export const claimed = { name, token, siteHost };
/** The TXT record of the domain. */
export const proof = `txt-record=_webhoster.${name},${token}`;
export const [here, elsewhere] = ['127.0.0.1', '127.0.0.2'];
const server = [`host-record=service.com,${here}`, `host-record=webhoster.sites.com,${here}`];
export const path = `/.well-known/acme-challenge/webhoster-${token}`;

export type Answer = (request: IncomingMessage, response: ServerResponse, directory: string) => void;

/** As the proxy does: what stands in the file of that name. */
const asProxy: Answer = (request, response, directory) => {
  const [, file = ''] = /^\/\.well-known\/acme-challenge\/([\w-]{1,128})$/.exec(request.url ?? '') ?? [];
  const found = join(directory, 'challenges', file);
  if (file && existsSync(found)) response.end(readFileSync(found, 'utf8'));
  else response.writeHead(404).end();
};

/** Stands for the proxy's own socket, on which it tells what it reads. */
async function listenForWorkers(t: ExecutionContext, directory: string): Promise<string> {
  const controlSocket = join(temporaryFolder(t), 'control.sock');
  const server = createServer((request, response) => {
    const file = join(directory, request.url ?? '');
    if (existsSync(file)) response.end(readFileSync(file, 'utf8'));
    else response.writeHead(404).end();
  }).listen(controlSocket);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return controlSocket;
}

interface Surroundings {
  records: string[];
  answer?: Answer;
  change?: Partial<Whereabouts>;
  claim?: Partial<typeof claimed>;
}

export interface Looked {
  missing: Missing[];
  serverAddresses: string[];
  /** Requests that came, as address, host and path. */
  asked: string[];
  directory: string;
}

async function listen(
  t: ExecutionContext,
  port: number,
  address: string,
  answer: Answer,
  directory: string,
  asked: string[],
) {
  const server = createServer((request, response) => {
    asked.push(`${address} ${request.headers.host} ${request.url}`);
    answer(request, response, directory);
  });
  server.listen(port, address);
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Looks at the domain with what the DNS has, and with servers on two addresses of which one is the service's. */
export async function look(
  t: ExecutionContext,
  { records, answer = asProxy, change, claim }: Surroundings,
): Promise<Looked> {
  const directory = temporaryFolder(t);
  const dns = await DnsServer.start(directory);
  t.teardown(() => dns.stop());
  await dns.serve([...server, ...records]);
  const asked: string[] = [];
  const port = await listen(t, 0, here, answer, directory, asked);
  await listen(t, port, elsewhere, answer, directory, asked);
  const where = {
    publicAddresses: [],
    serverNames: ['service.com', 'webhoster.sites.com'],
    port,
    dnsServers: [dns.address],
    sitesDirectory: directory,
    controlSocket: await listenForWorkers(t, directory),
    ...change,
  };
  const found = await lookAt({ ...claimed, ...claim }, where);
  return { ...found, asked: asked.map((line) => line.replaceAll(`:${port}`, '')), directory };
}

export const codes = ({ missing }: Looked) => missing.map(({ code }) => code);
/** What is asked when all is well. */
export const reached = [`${here} ${name} ${path}`];
