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
  /** Host name for the certificate; `localhost` is in it anyway. */
  publicHost?: string;
}

export interface ProxyOptions extends Omit<ProxyFilesOptions, 'api'> {
  directory: string;
  logs: string;
  apiPort: number;
}

const makeCertificate = fileURLToPath(new URL('../lib/self-signed.sh', import.meta.url));
/** Milliseconds for making a certificate. */
const certificateTimeout = 30_000;

/** Folder with the sites' files and file of the certificate; the commands that check and reload the proxy. */
export function proxySettings(directory: string) {
  return {
    sites: join(directory, 'sites'),
    certificate: join(directory, 'tls/edge.pem'),
    test: `nginx -q -c ${join(directory, 'nginx.conf')} -t`,
    reload: `sh ${join(directory, 'reload.sh')}`,
  };
}

/** Writes the proxy's configuration and makes the folders that it expects, and a certificate where there is none. */
export function writeProxyFiles(directory: string, options: ProxyFilesOptions): void {
  const { sites, certificate } = proxySettings(directory);
  const { httpsRedirect = 'off', publicHost = 'localhost', ...addresses } = options;
  const runtimeDirectory = join(directory, 'run');
  for (const folder of [runtimeDirectory, join(sites, 'http'), join(sites, 'stream')])
    mkdirSync(folder, { recursive: true });
  const files = renderProxy({
    configurationDirectory: directory,
    runtimeDirectory,
    sitesDirectory: sites,
    certificate,
    user: 'www-data',
    inContainer: false,
    internalHost: '127.0.0.1',
    httpsRedirect,
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
  const command = ['nginx', '-c', join(directory, 'nginx.conf'), '-g', 'daemon off;'];
  const service = new Service({ name: 'proxy', command, log: join(logs, 'proxy.log') });
  // A site that does not exist is answered by the proxy alone.
  return service.untilReady(async () => (await fetch(`http://127.0.0.1:${options.httpPort}/1/`)).status > 0);
}
