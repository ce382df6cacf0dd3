// What a guest reads at its first boot stays what it is, whatever a user is called.
import test from 'ava';
import { type CloudInitVariables, renderCloudInit } from '../../templates/cloud-init.ts';
import { renderWelcome } from '../../templates/welcome.ts';

const variables: CloudInitVariables = {
  vmId: 'vm-00000007',
  instanceId: 'vm-00000007-abc',
  macAddress: '52:54:00:00:00:07',
  address: '10.4.0.9/24',
  gateway: '10.4.0.1',
  nameservers: ['192.0.2.53'],
  proxyAddresses: ['10.4.0.1'],
  sshPublicKeys: ['ssh-ed25519 AAAA me@laptop'],
  passwordHash: '$6$salt$hash',
  randomSeed: 'c2VlZA==',
  welcomePage: '<p>hello</p>\n',
};

interface UserData {
  users: Record<string, unknown>[];
  ssh_pwauth: boolean;
  write_files: { path: string; content: string; owner: string; permissions: string }[];
  [key: string]: unknown;
}

function userData(more: Partial<CloudInitVariables> = {}): UserData {
  const text = renderCloudInit({ ...variables, ...more }).userData;
  if (!text.startsWith('#cloud-config\n')) throw new Error('the first line is missing');
  return JSON.parse(text.slice('#cloud-config\n'.length)) as UserData;
}

test('the files are JSON and say what they were given', (t) => {
  const { metaData, networkConfig } = renderCloudInit(variables);
  t.deepEqual(JSON.parse(metaData), { 'instance-id': 'vm-00000007-abc', 'local-hostname': 'vm-00000007' });
  t.deepEqual(JSON.parse(networkConfig), {
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: '52:54:00:00:00:07' },
        addresses: ['10.4.0.9/24'],
        routes: [{ to: 'default', via: '10.4.0.1' }],
        nameservers: { addresses: ['192.0.2.53'] },
      },
    },
  });
  const { hostname, random_seed, webhoster } = userData();
  t.is(hostname, 'vm-00000007');
  t.deepEqual(random_seed, { data: 'c2VlZA==', encoding: 'base64' });
  t.deepEqual(webhoster, { proxy_addresses: ['10.4.0.1'] });
});

test('with a password hash it opens the account, and sshd asks for it', (t) => {
  const { users, ssh_pwauth } = userData();
  t.like(users, [{ name: 'ubuntu', hashed_passwd: '$6$salt$hash', lock_passwd: false }]);
  t.true(ssh_pwauth);
});

test('without one only keys do', (t) => {
  const { users, ssh_pwauth } = userData({ passwordHash: null });
  t.deepEqual(users, [{ name: 'ubuntu', ssh_authorized_keys: variables.sshPublicKeys }]);
  t.false(ssh_pwauth);
});

const hostile = [
  `"quotes" and 'quotes'`,
  '{{ randomSeed }} {% if true %}x{% endif %}',
  'line\nbreak\r\n#cloud-config\nruncmd: [reboot]',
  '</script><script>alert(1)</script>',
  '"}], "runcmd": ["reboot"], "x": [{"y": "',
  '\\" \\\\ \u0000 \u2028 \u{1f4a9} 길동',
];
for (const text of hostile) {
  test(`it keeps ${JSON.stringify(text)} in its place`, (t) => {
    const {
      users,
      write_files: files,
      ...rest
    } = userData({ sshPublicKeys: [text], welcomePage: text, passwordHash: text });
    t.deepEqual(users, [{ name: 'ubuntu', hashed_passwd: text, lock_passwd: false, ssh_authorized_keys: [text] }]);
    t.deepEqual(
      files.map(({ path, content }) => [path, content]),
      [['/var/www/html/index.html', text]],
    );
    t.deepEqual(Object.keys(rest).sort(), ['hostname', 'random_seed', 'ssh_pwauth', 'webhoster']);
  });

  test(`the page of a user called ${JSON.stringify(text)} reaches the guest as it was rendered`, (t) => {
    const welcomePage = renderWelcome({ username: text, vmId: 'vm-00000007' });
    t.is(userData({ welcomePage }).write_files[0]?.content, welcomePage);
  });
}
