import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderProxy } from '../../templates/proxy.ts';
import { Service } from './service.ts';

export interface ProxyOptions {
  directory: string;
  logs: string;
  httpPort: number;
  apiPort: number;
}

/** Folder with the sites' files; the commands that check and reload the proxy. */
export function proxySettings(directory: string): { sites: string; test: string; reload: string } {
  return {
    sites: join(directory, 'sites'),
    test: `nginx -q -c ${join(directory, 'nginx.conf')} -t`,
    reload: `sh ${join(directory, 'reload.sh')}`,
  };
}

/** Writes the proxy's configuration and makes the folders that it expects. */
export function writeProxyFiles(directory: string, addresses: { httpPort: number; api: string }): void {
  const { sites } = proxySettings(directory);
  const runtimeDirectory = join(directory, 'run');
  for (const folder of [runtimeDirectory, join(sites, 'http'), join(sites, 'stream')])
    mkdirSync(folder, { recursive: true });
  const files = renderProxy({
    configurationDirectory: directory,
    runtimeDirectory,
    sitesDirectory: sites,
    user: 'www-data',
    inContainer: false,
    ...addresses,
  });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

/** Starts nginx on a configuration of its own, with the sites that are there. */
export async function startProxy({ directory, logs, httpPort, apiPort }: ProxyOptions): Promise<Service> {
  writeProxyFiles(directory, { httpPort, api: `127.0.0.1:${apiPort}` });
  const command = ['nginx', '-c', join(directory, 'nginx.conf'), '-g', 'daemon off;'];
  const service = new Service({ name: 'proxy', command, log: join(logs, 'proxy.log') });
  // A site that does not exist is answered by the proxy alone.
  return service.untilReady(async () => (await fetch(`http://127.0.0.1:${httpPort}/1/`)).status > 0);
}
