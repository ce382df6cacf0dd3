// A template with a hole fails; it never writes half a file.
import test from 'ava';
import { renderCloudInit } from '../../templates/cloud-init.ts';
import { renderFirewall } from '../../templates/firewall.ts';
import { renderProxy } from '../../templates/proxy.ts';
import { render } from '../../templates/render.ts';
import { renderSite } from '../../templates/site.ts';
import { renderWelcome } from '../../templates/welcome.ts';

const incomplete: Record<string, () => unknown> = {
  site: () => renderSite({ userId: 1, address: '10.0.0.9' } as never),
  'cloud-init': () => renderCloudInit({ vmId: 'vm-00000001' } as never),
  firewall: () => renderFirewall({ table: 'webhoster-local', bridge: 'wh-local' } as never),
  proxy: () => renderProxy({ user: 'www-data' } as never),
  welcome: () => renderWelcome({ vmId: 'vm-00000001' } as never),
};
for (const [name, renderIncomplete] of Object.entries(incomplete)) {
  test(`${name} without one of its variables`, (t) => {
    t.throws(renderIncomplete, { message: /undefined variable/ });
  });
}

test('a template that is not there', (t) => {
  t.throws(() => render('no/such/template', {}), { message: /ENOENT/ });
});

test('the proxy’s own files', (t) => {
  const variables = {
    configurationDirectory: '/etc/x',
    runtimeDirectory: '/run/x',
    sitesDirectory: '/srv/sites',
    certificate: '/srv/tls/edge.pem',
    user: 'www-data',
    httpPort: 8080,
    httpsPort: 8443,
    httpsRedirect: 'off' as const,
    internalHost: 'proxy',
    api: '127.0.0.1:8000',
    inContainer: true,
  };
  const files = renderProxy(variables);
  t.deepEqual(Object.keys(files).sort(), [
    'headers.conf',
    'nginx.conf',
    'own-answers.conf',
    'pages/down.html',
    'pages/missing.html',
    'pages/suspended.html',
    'pages/unreachable.html',
    'reload.sh',
    'site.conf',
    'site.js',
    'ssh.js',
  ]);
  for (const content of Object.values(files)) t.notRegex(content, /\{\{|\{%/);
  t.regex(files['pages/missing.html'] ?? '', /만들고 있는 사이트라면[^]*If it is being created, it opens here/);
  t.regex(files['nginx.conf'] ?? '', /listen 8080 default_server;/);
  t.regex(files['nginx.conf'] ?? '', /listen 8443 ssl http2 default_server;/);
});
