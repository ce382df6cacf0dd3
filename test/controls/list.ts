// Each control of security, and what takes it away. scripts/test-controls.sh does that one after the other, and some test
// must fail every time.

import { pageControls } from './pages.ts';

export interface Control {
  /** What is gone without it. */
  what: string;
  file: string;
  /** Stands exactly once in the file. */
  from: string;
  to: string;
  /** The test file that notices. */
  test: string;
}

const api: Control[] = [
  {
    what: 'the algorithm of tokens is pinned',
    file: 'api/middleware/authenticate.ts',
    from: 'algorithms: [tokenAlgorithm], ',
    to: '',
    test: 'test/api/tokens.test.ts',
  },
  {
    what: 'a session that ended opens nothing',
    file: 'api/middleware/authenticate.ts',
    from: 'if (!session || !user)',
    to: 'if (!user)',
    test: 'test/api/sessions.test.ts',
  },
  {
    what: 'a session that expired opens nothing',
    file: 'api/middleware/authenticate.ts',
    from: 'where: { id, userId, expiresAt: { [Op.gt]: new Date() } }',
    to: 'where: { id, userId }',
    test: 'test/api/sessions.test.ts',
  },
  {
    what: 'a refresh token is good for one time',
    file: 'api/accounts/sessions.ts',
    from: 'await session.update({ refreshHash: hash, ...lifeFromNow(lifetimeSeconds) }, { transaction });',
    to: 'await session.update(lifeFromNow(lifetimeSeconds), { transaction });',
    test: 'test/api/sessions.test.ts',
  },
  {
    what: 'a refresh token that comes again ends its session',
    file: 'api/accounts/sessions.ts',
    from: 'await session.destroy({ transaction });\n      const outcome',
    to: 'const outcome',
    test: 'test/api/sessions.test.ts',
  },
  {
    what: 'another password ends the other sessions',
    file: 'api/accounts/account.ts',
    from: 'await Session.destroy({ where: { userId: user.id, id: { [Op.ne]: session.id } }, transaction });',
    to: '',
    test: 'test/api/account.test.ts',
  },
  {
    what: 'the password is asked for again before an account is deleted',
    file: 'api/accounts/account.ts',
    from: "await confirm({ user, password, actor, action: 'delete_account' });",
    to: 'void password;',
    test: 'test/api/account.test.ts',
  },
  {
    what: 'an unknown email takes as long as a known one',
    file: 'api/passwords.ts',
    from: 'const matches = await compare(digest(password), passwordHash ?? (await nobody));',
    to: 'const matches = passwordHash !== null && (await compare(digest(password), passwordHash));',
    test: 'test/api/passwords.test.ts',
  },
  {
    what: 'passwords are not cut',
    file: 'api/passwords.ts',
    from: "return createHash('sha256').update(password.normalize('NFC')).digest('base64');",
    to: "void createHash;\n  return password.normalize('NFC');",
    test: 'test/api/passwords.test.ts',
  },
  {
    what: 'common passwords are refused',
    file: 'api/schemas/auth.ts',
    from: "else if (isCommonPassword(text)) complain('passwordCommon');",
    to: 'void isCommonPassword;',
    test: 'test/api/passwords.test.ts',
  },
  {
    what: 'an operation is shown to its owner only',
    file: 'api/routes/operations.ts',
    from: 'Operation.findOne({ where: { id, userId } })',
    to: 'Operation.findOne({ where: { id } })',
    test: 'test/api/access.test.ts',
  },
  {
    what: 'limits hold',
    file: 'api/limits.ts',
    from: 'if (waits.length > 0) throw',
    to: 'if (waits.length < 0) throw',
    test: 'test/api/limits.test.ts',
  },
  {
    what: 'limits hold while Redis is away',
    file: 'api/limits.ts',
    from: '    insuranceLimiter,\n',
    to: '',
    test: 'test/api/without-redis.test.ts',
  },
  {
    what: 'what is done is written down',
    file: 'api/audit.ts',
    from: 'await AuditEvent.create(event, { transaction: transaction ?? null });',
    to: 'void [event, transaction, AuditEvent];',
    test: 'test/api/audit.test.ts',
  },
  {
    what: 'pages of another origin change nothing',
    file: 'api/middleware/origin.ts',
    from: 'throw new CrossOriginError();',
    to: 'void CrossOriginError;',
    test: 'test/api/origin.test.ts',
  },
  {
    what: 'answers with secrets are not kept',
    file: 'templates/security-headers.ts',
    from: "  'Cache-Control': 'no-store',\n",
    to: '',
    test: 'test/api/host.test.ts',
  },
  {
    what: 'what is no SSH key is refused',
    file: 'api/schemas/ssh-key.ts',
    from: "if (message) context.addIssue({ code: 'custom', message });",
    to: 'void message;',
    test: 'test/api/ssh-keys.test.ts',
  },
];

const edge: Control[] = [
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
    what: 'pages of ours are in nobody’s frame',
    file: 'templates/security-headers.ts',
    from: "  'X-Frame-Options': 'DENY',\n",
    to: '',
    test: 'test/templates/edge.test.ts',
  },
  {
    what: 'old TLS is refused',
    file: 'templates/proxy/nginx.conf.liquid',
    from: 'ssl_protocols TLSv1.2 TLSv1.3;',
    to: 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\n    ssl_ciphers DEFAULT@SECLEVEL=0;',
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

const network: Control[] = [
  {
    what: 'ports of the bridge are isolated',
    file: 'templates/libvirt/network.xslt.liquid',
    from: '    <port isolated="yes"/>\n',
    to: '',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'a VM has its own addresses only',
    file: 'templates/libvirt/domain.xslt.liquid',
    from: '<filterref filter="clean-traffic">',
    to: '<filterref filter="allow-arp">',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'a VM does not reach the host',
    file: 'templates/firewall/rules.nft.liquid',
    from: 'meta nfproto ipv4 ct state established goto send\n        drop',
    to: 'goto send',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'a VM does not come by the bridge’s own addresses',
    file: 'templates/firewall/rules.nft.liquid',
    from: '        iifname "vnet*" ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop\n',
    to: '',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'a VM does not reach the networks of the host',
    file: 'templates/firewall/rules.nft.liquid',
    from: '        ip daddr { {{ reservedNetworks | join: ", " }} } drop\n',
    to: '',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'of what else is on the host nothing reaches a VM',
    file: 'templates/firewall/rules.nft.liquid',
    from: 'meta skuid {{ proxyUid }} ',
    to: '',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'QEMU has limits of the processor',
    file: 'templates/libvirt/domain.xslt.liquid',
    from: '<quota>{{ limits.processorPercent }}000</quota>',
    to: '',
    test: 'test/e2e/isolation.test.ts',
  },
  {
    what: 'rules that go missing are noticed',
    file: 'stacks/firewall.ts',
    from: 'if (this.#whole !== null && before === this.#whole) return [];',
    to: 'if (this.#whole !== null) return [];',
    test: 'test/stacks/firewall.test.ts',
  },
  {
    what: 'nobody’s word is not the guard’s',
    file: 'stacks/firewall-report.ts',
    from: 'if (intact && Date.now() <',
    to: 'void intact;\n  if (Date.now() <',
    test: 'test/stacks/firewall.test.ts',
  },
];

export const controls: Control[] = [...api, ...edge, ...network, ...pageControls];
