// Renders the proxy's configuration for its container into the folder that is named.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sitesDomain } from '../../api/config/sites.ts';
import { type HttpsRedirect, renderProxy } from '../../templates/proxy.ts';

const {
  PUBLIC_URL = '',
  SITES_DOMAIN,
  HTTP_PORT,
  HTTPS_PORT,
  HTTPS_REDIRECT,
  API_PORT,
  BOOT_TIMEOUT_SECONDS,
  SSH_PORT_FIRST,
  SSH_PORT_LAST,
  REDIRECT_PATHS,
  TRUSTED_PROXIES,
  PROXY_PROTOCOL_PORTS,
} = process.env;
const [, , folder = ''] = process.argv;
const list = (text = '') => text.split(',').filter(Boolean);
const [protocolHttp, protocolHttps] = list(PROXY_PROTOCOL_PORTS).map(Number);
const url = new URL(PUBLIC_URL);
const files = renderProxy({
  configurationDirectory: '/etc/webhoster',
  runtimeDirectory: '/run/nginx',
  sitesDirectory: '/var/lib/webhoster/proxy/sites',
  controlSocket: '/run/proxy/control.sock',
  activatorSocket: '/run/activator/activator.sock',
  wakeSeconds: Number(BOOT_TIMEOUT_SECONDS),
  sshPortFirst: Number(SSH_PORT_FIRST),
  sshPortLast: Number(SSH_PORT_LAST),
  certificate: '/var/lib/webhoster/tls/edge.pem',
  sitesCertificate: '/var/lib/webhoster/tls/sites.pem',
  user: 'www-data',
  // That of the containers of workers, whom libvirt knows by no other.
  group: 'root',
  httpPort: Number(HTTP_PORT),
  httpsPort: Number(HTTPS_PORT),
  ...(url.protocol === 'https:' && { publicHttpsPort: Number(url.port || 443) }),
  redirectPaths: REDIRECT_PATHS === 'on',
  trustedProxies: list(TRUSTED_PROXIES),
  proxyProtocolPorts: protocolHttp && protocolHttps ? { http: protocolHttp, https: protocolHttps } : undefined,
  httpsRedirect: HTTPS_REDIRECT as HttpsRedirect,
  internalHost: 'proxy',
  publicHost: url.hostname,
  sitesDomain: sitesDomain({ PUBLIC_URL, SITES_DOMAIN: SITES_DOMAIN || undefined }),
  api: `127.0.0.1:${API_PORT}`,
  inContainer: true,
});
for (const [path, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
