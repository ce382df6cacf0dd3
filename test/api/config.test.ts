import test from 'ava';
import { ConfigError, readApiConfig, readGuardConfig, readWorkerConfig } from '../../api/config/config.ts';

const required: Record<string, string> = {
  DATABASE_URL: 'postgres://user:password@localhost/webhoster',
  PULUMI_BACKEND_URL: 'postgresql://user:password@localhost/pulumi',
  REDIS_URL: 'redis://:password@localhost:6379',
  JWT_SECRET: 'j'.repeat(32),
  PULUMI_CONFIG_PASSPHRASE: 'p'.repeat(32),
  PROXY_SITES_DIR: '/var/lib/webhoster/sites',
  PROXY_CONTROL_SOCKET: '/run/proxy/control.sock',
  GUARD_REPORT_FILE: '/run/guard/report.json',
};

/** The lines of the complaints of all processes, after the first; what several complain of, once. */
function complaints(environment: NodeJS.ProcessEnv): string[] {
  const lines = [readApiConfig, readWorkerConfig, readGuardConfig].flatMap((read) => {
    try {
      read(environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.message.split('\n').slice(1);
      throw error;
    }
    return [];
  });
  return [...new Set(lines)];
}

test('no process is given a secret that is of no use to it', (t) => {
  const secrets = ['JWT_SECRET', 'PULUMI_CONFIG_PASSPHRASE', 'PULUMI_BACKEND_URL', 'DATABASE_URL', 'REDIS_URL'];
  const given = (config: object) => secrets.filter((name) => name in config);
  t.deepEqual(given(readApiConfig(required)), ['JWT_SECRET', 'DATABASE_URL', 'REDIS_URL']);
  t.deepEqual(given(readWorkerConfig(required)), secrets.slice(1));
  t.deepEqual(given(readGuardConfig(required)), []);
});

test('what is required will do, and the rest has defaults', (t) => {
  t.like(
    { ...readWorkerConfig(required), ...readApiConfig(required) },
    {
      API_HOST: '127.0.0.1',
      API_PORT: 8000,
      PUBLIC_URL: 'http://localhost',
      PROXY_URL: 'http://127.0.0.1',
      PROXY_ADDRESS: undefined,
      JWT_LIFETIME_SECONDS: 900,
      REFRESH_LIFETIME_SECONDS: 2_592_000,
      SESSION_LIFETIME_SECONDS: 7_776_000,
      SHORT_LIFETIME_SECONDS: 43_200,
      LIMIT_LOGIN_ACCOUNT: 5,
      LIMIT_LOGIN_EMAIL: 100,
      DEFAULT_LANGUAGE: 'ko',
      LOG_LEVEL: 'info',
      NODE_NAME: 'local',
      LIBVIRT_URI: 'qemu:///system',
      VM_NETWORK: '192.168.122.0/24',
      SSH_PORT_FIRST: 10000,
      SSH_PORT_LAST: 20000,
      VM_NAMESERVERS: ['1.1.1.1', '9.9.9.9'],
      VM_REFUSED_NETWORKS: [],
      PUBLIC_ADDRESSES: [],
      DNS_SERVERS: [],
      BOOT_TIMEOUT_SECONDS: 180,
      PROXY_CONTROL_SOCKET: '/run/proxy/control.sock',
    },
  );
});

test('all that is missing is named at once', (t) => {
  const names = complaints({}).map((line) => /^ {2}(\w+) is not set: .{8,}/.exec(line)?.[1]);
  t.deepEqual(names.sort(), Object.keys(required).sort());
});

for (const name of Object.keys(required)) {
  test(`${name} is required`, (t) => {
    const { [name]: _left, ...rest } = required;
    const lines = complaints(rest);
    t.is(lines.length, 1);
    t.regex(lines[0] ?? '', new RegExp(`^  ${name} is not set: .{8,}`));
  });
}

const wrong: [name: string, value: string][] = [
  ['DATABASE_URL', 'mysql://root:hunter2@localhost/x'],
  ['PULUMI_BACKEND_URL', 'https://hunter2'],
  ['REDIS_URL', 'http://:hunter2@localhost'],
  ['JWT_SECRET', 'hunter2'],
  ['PULUMI_CONFIG_PASSPHRASE', 'hunter2'],
  ['JWT_LIFETIME_SECONDS', 'hunter2'],
  ['JWT_LIFETIME_SECONDS', '0'],
  ['LIMIT_LOGIN_ACCOUNT', '0'],
  ['LIMIT_REGISTER', 'hunter2'],
  ['API_PORT', '65536'],
  ['API_PORT', '80.5'],
  ['API_PORT', ''],
  ['PUBLIC_URL', 'ftp://hunter2'],
  ['PUBLIC_URL', 'localhost'],
  ['PROXY_ADDRESS', 'hunter2'],
  ['PROXY_SITES_DIR', 'hunter2/relative'],
  ['PROXY_CONTROL_SOCKET', 'control.sock'],
  ['DEFAULT_LANGUAGE', 'hunter2'],
  ['LOG_LEVEL', 'hunter2'],
  ['NODE_NAME', 'hunter2/../x'],
  ['NODE_NAME', 'Upper'],
  ['VM_NETWORK', 'hunter2'],
  ['VM_NETWORK', '192.168.122.1/24'],
  ['VM_NETWORK', '10.0.0.0/8'],
  ['VM_NETWORK', '10.0.0.0/30'],
  ['VM_NETWORK', 'fd00::/64'],
  ['VM_NAMESERVERS', 'hunter2,1.1.1.1'],
  ['VM_NAMESERVERS', ''],
  ['PUBLIC_ADDRESSES', 'hunter2'],
  ['PUBLIC_ADDRESSES', '203.0.113.7, 203.0.113.8'],
  ['PUBLIC_ADDRESSES', '203.0.113.0/24'],
  ['PUBLIC_ADDRESSES', '203.0.113.7:80'],
  ['PUBLIC_ADDRESSES', 'fe80::1%eth0'],
  ['PUBLIC_ADDRESSES', '1.2'],
  ['DNS_SERVERS', 'hunter2'],
  ['DNS_SERVERS', '9.9.9.9;1.1.1.1'],
  ['DNS_SERVERS', '9.9.9.9:0'],
  ['DNS_SERVERS', '9.9.9.9:65536'],
  ['DNS_SERVERS', '[9.9.9.9:53'],
  ['DNS_SERVERS', '[9.9.9.9]:53'],
  ['VM_REFUSED_NETWORKS', 'hunter2'],
  ['VM_REFUSED_NETWORKS', '203.0.113.0/24;drop'],
  ['VM_REFUSED_NETWORKS', '203.0.113.1/24'],
  ['VM_REFUSED_NETWORKS', '203.0.113.0/24, 198.51.100.0/24'],
  ['VM_REFUSED_NETWORKS', '203.0.113.7'],
  ['VM_REFUSED_NETWORKS', '203.0.113.0/33'],
  ['VM_REFUSED_NETWORKS', '2001:db8::/32'],
  ['VM_MEGABITS_PER_SECOND', '0'],
  ['VM_MEGABITS_PER_SECOND', '30001'],
  ['VM_STORAGE_DIR', 'hunter2'],
  ['SSH_PORT_FIRST', '0'],
  ['SSH_PORT_FIRST', '20001'],
  ['BOOT_TIMEOUT_SECONDS', '-1'],
];
for (const [name, value] of wrong) {
  test(`${name} cannot be "${value}"`, (t) => {
    const lines = complaints({ ...required, [name]: value });
    t.is(lines.length, 1, lines.join('\n'));
    t.regex(lines[0] ?? '', new RegExp(`^  ${name} .{8,}`));
    t.false(lines.join('').includes('hunter2'), 'the value is not repeated');
  });
}

test('an authority is asked for certificates only where somebody has agreed to its terms', (t) => {
  const asked = { ...required, ACME_DIRECTORY: 'https://acme.example/dir' };
  for (const answer of [undefined, 'no'])
    t.throws(() => readWorkerConfig({ ...asked, ACME_TERMS_AGREED: answer }), { message: /ACME_TERMS_AGREED/ });
  t.notThrows(() => readWorkerConfig({ ...asked, ACME_TERMS_AGREED: 'yes' }));
  t.notThrows(() => readApiConfig(asked), 'the api asks nobody');
  t.throws(() => readWorkerConfig({ ...required, ACME_DIRECTORY: 'http://acme.example/dir' }), { message: /https/ });
});

test('no machine sleeps before the guard has looked who uses it', (t) => {
  const read = (after: string) => () => readWorkerConfig({ ...required, SLEEP_AFTER_SECONDS: after });
  t.throws(read('14'), { message: /SLEEP_AFTER_SECONDS must be 0, for never, or at least 15/ });
  for (const after of ['-1', '1', '15.5']) t.throws(read(after), { instanceOf: ConfigError });
  for (const after of ['0', '15', '900']) t.notThrows(read(after));
});

test('what binds an account is both of two settings, and is not told where it is wrong', (t) => {
  const [ACME_EAB_KID, ACME_EAB_HMAC_KEY] = [
    'kid-1',
    'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W',
  ];
  const both = { ...required, ACME_EAB_KID, ACME_EAB_HMAC_KEY };
  t.like(readWorkerConfig(both), { ACME_EAB_KID, ACME_EAB_HMAC_KEY });
  t.false('ACME_EAB_HMAC_KEY' in readApiConfig(both), 'the api has no use for it');
  for (const one of [{ ACME_EAB_KID }, { ACME_EAB_HMAC_KEY }])
    t.throws(() => readWorkerConfig({ ...required, ...one }), {
      message: /ACME_EAB_KID (and ACME_EAB_HMAC_KEY go together|is not set)/,
    });
  const error = t.throws(() => readWorkerConfig({ ...both, ACME_EAB_HMAC_KEY: 'a secret that is none' }));
  t.regex(error?.message ?? '', /base64url/);
  t.notRegex(error?.message ?? '', /a secret/);
});
