// A template with a hole fails; it never writes half a file.
import test from 'ava';
import { renderCloudInit } from '../../templates/cloud-init.ts';
import { renderFirewall } from '../../templates/firewall.ts';
import { renderProxy } from '../../templates/proxy.ts';
import { render } from '../../templates/render.ts';
import { renderWelcome } from '../../templates/welcome.ts';

const incomplete: Record<string, () => unknown> = {
  'cloud-init': () => renderCloudInit({ vmId: 'vm-00000001' } as never),
  firewall: () => renderFirewall({ table: 'webhoster-local', bridge: 'wh-local', places: [] } as never),
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

const names = [
  'activator.conf',
  'asleep.conf',
  'certificate.conf',
  'certificates.js',
  'challenges.conf',
  'challenges.js',
  'clients.conf',
  'control.js',
  'guest.conf',
  'headers.conf',
  'host.conf',
  'hosts.conf',
  'nginx.conf',
  'not-woken.conf',
  'own-answers.conf',
  'pages.conf',
  'pages/asleep.html',
  'pages/asleep.txt',
  'pages/down.html',
  'pages/full.html',
  'pages/full.txt',
  'pages/headers.html',
  'pages/large.html',
  'pages/missing.html',
  'pages/missing.txt',
  'pages/nobodys.html',
  'pages/slow.html',
  'pages/suspended.html',
  'pages/unreachable.html',
  'pages/wakes.html',
  'pages/wakes.txt',
  'pages/waking.html',
  'pages/waking.txt',
  'path.conf',
  'reload.sh',
  'routes.js',
  'site.conf',
  'site.js',
  'ssh.js',
  'start.sh',
  'take-certificate.sh',
  'taken-ports.pl',
  'tls.conf',
  'wake.conf',
  'wake.js',
];

test('the proxy’s own files', (t) => {
  const variables = {
    configurationDirectory: '/etc/x',
    runtimeDirectory: '/run/x',
    sitesDirectory: '/srv/sites',
    controlSocket: '/run/x/control.sock',
    activatorSocket: '/run/y/activator.sock',
    wakeSeconds: 180,
    sshPortFirst: 10_000,
    sshPortLast: 20_000,
    certificate: '/srv/tls/edge.pem',
    sitesCertificate: '/srv/tls/sites.pem',
    user: 'www-data',
    group: 'root',
    httpPort: 8080,
    httpsPort: 8443,
    httpsRedirect: 'off' as const,
    internalHost: 'proxy',
    publicHost: 'host.example',
    sitesDomain: 'sites.example',
    api: '127.0.0.1:8000',
    inContainer: true,
  };
  const files = renderProxy(variables);
  t.deepEqual(Object.keys(files).sort(), names);
  for (const content of Object.values(files)) t.notRegex(content, /\{\{|\{%/);
  t.regex(files['pages/missing.html'] ?? '', /만들고 있는 사이트라면[^]*If it is being created, it opens here/);
  t.regex(files['start.sh'] ?? '', /listen \${address}8080;[^]*listen \${address}8443 ssl http2;/);
});
