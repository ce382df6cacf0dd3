// Of the edge: what browsers are told, sites and their cookies, TLS, limits.
import type { Control } from './control.ts';

export const edge: Control[] = [
  {
    what: 'sites are in a sandbox',
    file: 'templates/security-headers.ts',
    from: "'sandbox allow-downloads",
    to: "'sandbox allow-same-origin allow-downloads",
    test: 'test/browser/sandbox.test.ts',
  },
  {
    what: 'sites do not clear what others have in the browser',
    file: 'templates/security-headers.ts',
    from: "  'Clear-Site-Data',\n",
    to: '',
    test: 'test/browser/sandbox.test.ts',
  },
  {
    what: 'sites set cookies for their own host alone',
    file: 'templates/proxy/host.conf.liquid',
    from: 'js_header_filter site.keepCookiesHome;',
    to: '',
    test: 'test/templates/hosts.test.ts',
  },
  {
    what: 'pages of ours are in nobody’s frame',
    file: 'templates/security-headers.ts',
    from: "  'X-Frame-Options': 'DENY',\n",
    to: '',
    test: 'test/templates/edge.test.ts',
  },
  {
    what: 'calls in clear are refused',
    file: 'templates/proxy/nginx.conf.liquid',
    from: '"~*^/api(?:/|\\z)" on;',
    to: '',
    test: 'test/templates/https-redirect.test.ts',
  },
  {
    what: 'visitors do not reach the activator',
    file: 'templates/proxy/wake.conf.liquid',
    from: 'location = /.webhoster/wake {\n    internal;',
    to: 'location = /.webhoster/wake {',
    test: 'test/templates/asleep-refusals.test.ts',
  },
  {
    what: 'nothing of what visitors send reaches the activator',
    file: 'templates/proxy/activator.conf.liquid',
    from: 'proxy_pass_request_headers off;\n',
    to: '',
    test: 'test/templates/asleep.test.ts',
  },
  {
    what: 'old TLS is refused',
    file: 'templates/proxy/tls.conf.liquid',
    from: 'ssl_protocols TLSv1.2 TLSv1.3;\nssl_ciphers ',
    to: 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_ciphers DEFAULT:@SECLEVEL=0:',
    test: 'test/templates/tls.test.ts',
  },
  {
    what: 'whoever sends nothing is cut off',
    file: 'templates/proxy/nginx.conf.liquid',
    from: 'client_header_timeout 15s;',
    to: 'client_header_timeout 15m;',
    test: 'test/templates/limits.test.ts',
  },
  {
    what: 'one address has so many requests at a time',
    file: 'templates/proxy/nginx.conf.liquid',
    from: 'limit_conn addresses {{ connectionsOfAddress }};',
    to: '',
    test: 'test/templates/limits.test.ts',
  },
  {
    what: 'SSH ports carry SSH only',
    file: 'templates/proxy/nginx.conf.liquid',
    from: '    js_filter ssh.only;\n',
    to: '',
    test: 'test/browser/sandbox.test.ts',
  },
];
