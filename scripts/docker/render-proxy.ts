// Renders the proxy's configuration for its container into the folder that is named.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type HttpsRedirect, renderProxy } from '../../templates/proxy.ts';

const { HTTP_PORT, HTTPS_PORT, HTTPS_REDIRECT, API_PORT } = process.env;
const [, , folder = ''] = process.argv;
const files = renderProxy({
  configurationDirectory: '/etc/webhoster',
  runtimeDirectory: '/run/nginx',
  sitesDirectory: '/var/lib/webhoster/proxy/sites',
  certificate: '/var/lib/webhoster/tls/edge.pem',
  user: 'www-data',
  httpPort: Number(HTTP_PORT),
  httpsPort: Number(HTTPS_PORT),
  httpsRedirect: HTTPS_REDIRECT as HttpsRedirect,
  internalHost: 'proxy',
  api: `127.0.0.1:${API_PORT}`,
  inContainer: true,
});
for (const [path, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
