import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { type HttpsRedirect, renderProxy } from '../../templates/proxy.ts';
import { Service } from './service.ts';

export interface ProxyFilesOptions {
  httpPort: number;
  httpsPort: number;
  /** Host and port of the api. */
  api: string;
  /** `off` by default. */
  httpsRedirect?: HttpsRedirect;
  /** Host name of the service; `localhost` by default, and in the certificate anyway. */
  publicHost?: string;
  /** `localhost` by default. */
  sitesDomain?: string;
  /** Seconds that a wake may take; 180 by default. */
  wakeSeconds?: number;
  answerSeconds?: number;
  redirectPaths?: boolean;
  trustedProxies?: string[];
  proxyProtocolPorts?: { http: number; https: number };
  /** The range of ports for the sites' SSH. */
  sshPortFirst: number;
  sshPortLast: number;
}

export interface ProxyOptions extends Omit<ProxyFilesOptions, 'api'> {
  directory: string;
  logs: string;
  apiPort: number;
}

const makeCertificate = fileURLToPath(new URL('../lib/self-signed.sh', import.meta.url));
/** Milliseconds for making a certificate. */
const certificateTimeout = 30_000;

/**
 * Where the proxy has the sites' files, its certificate, the socket for workers and the api's for the proxy; the commands that
 * have it read anew.
 */
export function proxySettings(directory: string) {
  return {
    sites: join(directory, 'sites'),
    certificate: join(directory, 'tls/edge.pem'),
    sitesCertificate: join(directory, 'tls/sites.pem'),
    controlSocket: join(directory, 'run/control.sock'),
    activatorSocket: join(directory, 'activator/activator.sock'),
    reload: ['sh', join(directory, 'reload.sh')],
    takeCertificate: ['sh', join(directory, 'take-certificate.sh')],
  };
}

/** Writes the proxy's configuration and makes the folders that it expects, and a certificate where there is none. */
export function writeProxyFiles(directory: string, options: ProxyFilesOptions): void {
  const { sites, certificate, sitesCertificate, controlSocket, activatorSocket } = proxySettings(directory);
  const { httpsRedirect = 'off', publicHost = 'localhost', sitesDomain = 'localhost', ...addresses } = options;
  const { wakeSeconds = 180 } = options;
  const runtimeDirectory = join(directory, 'run');
  for (const folder of [runtimeDirectory, sites]) mkdirSync(folder, { recursive: true });
  // Anybody may connect to the socket who gets to it: nginx's workers do, whose group is this process's.
  mkdirSync(dirname(activatorSocket), { recursive: true, mode: 0o710 });
  const files = renderProxy({
    configurationDirectory: directory,
    runtimeDirectory,
    sitesDirectory: sites,
    controlSocket,
    activatorSocket,
    wakeSeconds,
    certificate,
    sitesCertificate,
    user: 'www-data',
    group: execaSync('id', ['--group', '--name']).stdout,
    inContainer: false,
    internalHost: '127.0.0.1',
    httpsRedirect,
    publicHost,
    sitesDomain,
    ...addresses,
  });
  execaSync(makeCertificate, [certificate, publicHost], { timeout: certificateTimeout });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** Starts nginx on a configuration of its own, with the sites that are there. */
export async function startProxy({ directory, logs, apiPort, ...options }: ProxyOptions): Promise<Service> {
  writeProxyFiles(directory, { ...options, api: `127.0.0.1:${apiPort}` });
  const command = ['sh', join(directory, 'start.sh')];
  const service = new Service({ name: 'proxy', command, log: join(logs, 'proxy.log') });
  // A site that does not exist is answered by the proxy alone.
  return service.untilReady(async () => (await fetch(`http://127.0.0.1:${options.httpPort}/1/`)).status > 0);
}
