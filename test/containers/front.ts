// A load balancer before an installation, as operators have one: nginx, at an address of its own.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePorts } from '../../scripts/dev/ports.ts';
import { Service } from '../../scripts/dev/service.ts';
import type { Checkout } from './checkout.ts';
import { selfSigned } from '../support/acme/pebble.ts';

/** From where it comes. */
const frontAddress = '127.0.0.2';

export interface Front {
  /** PEM of its own certificate, for localhost. */
  ca: string;
  /** Port at which it ends the encryption, and says who came by headers. */
  ending: number;
  /** Port at which it passes the encryption on, and says who came by the PROXY protocol. */
  passing: number;
  /** What .env has for the one and for the other. */
  settings: Record<'ending' | 'passing', Record<string, string>>;
  stop: () => Promise<void>;
}

export async function startFront({ environment }: Checkout): Promise<Front> {
  const [ending = 0, passing = 0, protocolHttp = 0, protocolHttps = 0] = await freePorts(4);
  const folder = mkdtempSync(join(tmpdir(), 'webhoster-front-'));
  const certificate = await selfSigned(folder);
  const settings = `
include /etc/nginx/modules-enabled/*.conf;
daemon off;
pid ${folder}/pid;
events {}
stream {
  server {
    listen 127.0.0.1:${passing};
    proxy_bind ${frontAddress};
    proxy_protocol on;
    proxy_pass 127.0.0.1:${protocolHttps};
  }
}
http {
  access_log off;
  server {
    listen 127.0.0.1:${ending} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${folder}/key.pem;
    location / {
      proxy_bind ${frontAddress};
      proxy_pass http://127.0.0.1:${environment['HTTP_PORT']};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
  writeFileSync(join(folder, 'nginx.conf'), settings);
  const ca = readFileSync(certificate, 'utf8');
  const service = await new Service({
    name: 'front',
    command: ['/usr/sbin/nginx', '-e', 'stderr', '-c', join(folder, 'nginx.conf')],
    log: join(folder, 'log'),
  }).untilReady(async () => {
    const socket = connect({ host: '127.0.0.1', port: ending, servername: 'localhost', ca });
    await once(socket, 'secureConnect');
    return socket.destroy().authorized;
  });
  const stop = async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  };
  const passed = { TRUSTED_PROXIES: frontAddress, PROXY_PROTOCOL_PORTS: `${protocolHttp},${protocolHttps}` };
  const ended = { TRUSTED_PROXIES: frontAddress, PROXY_PROTOCOL_PORTS: '', PUBLIC_URL: `https://localhost:${ending}` };
  return { ca, ending, passing, settings: { ending: ended, passing: passed }, stop };
}

/** One request of a client at an address of its own, who lies about it. Follows no redirect. */
export async function askAs(
  client: string,
  port: number,
  path: string,
  { form, host = 'localhost', headers, ...options }: RequestOptions & { host?: string; form?: Record<string, string> },
) {
  const place = { ...options, host: '127.0.0.1', localAddress: client, port, path, servername: host, agent: false };
  const type = form && { 'Content-Type': 'application/x-www-form-urlencoded' };
  const lies = { 'X-Forwarded-For': '203.0.113.66', 'X-Forwarded-Proto': 'http' };
  const given = { Host: `${host}:${port}`, ...lies, ...type, ...headers };
  const asked = request({ ...place, signal: AbortSignal.timeout(240_000), headers: given });
  asked.end(form && new URLSearchParams(form).toString());
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}
