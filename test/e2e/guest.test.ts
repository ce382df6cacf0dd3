// What a VM is to those who reach it, and to those who are on it without being its owner: on two real VMs.
import type { ExecutionContext } from 'ava';
import { hostingNames } from '../../programs/names.ts';
import { asRoot, type Credential, makeKey, ssh } from '../support/guest.ts';
import { packages } from '../support/guest-packages.ts';
import type { TestInstallation } from '../support/installation.ts';
import { run, virsh } from '../support/run.ts';
import { signUp } from '../support/user.ts';
import { withInstallation } from '../support/with.ts';

const test = withInstallation();

interface Tenant {
  port: number;
  vmId: string;
  credential: Credential;
  root: (script: string) => Promise<string>;
}

let keyed: Tenant;
let passworded: Tenant;

async function makeTenant({ context }: ExecutionContext<TestInstallation>, key?: ReturnType<typeof makeKey>) {
  const user = await signUp(context.url);
  const created = await user.call('POST', '/host', key ? { body: { ssh_public_keys: [key.publicKey] } } : {});
  if (created.status !== 201) throw new Error(created.text);
  const { hosting, ssh_password: password } = created.body.data;
  const credential = key ? { key: key.file } : { password };
  const root = (script: string) => asRoot(hosting.ssh_port, credential, script);
  return { port: hosting.ssh_port, vmId: hostingNames(user.userId).vmId, credential, root };
}

test.serial.before('one tenant by key, one by password', async (t) => {
  t.timeout(600_000);
  keyed = await makeTenant(t, makeKey(t.context.directory));
  passworded = await makeTenant(t);
});

test.serial('SSH offers what ssh-audit finds nothing against', async (t) => {
  t.timeout(300_000);
  const { stdout: folder } = await run('scripts/install-python-tool.sh', ['ssh-audit'], { timeout: 240_000 });
  // How fast an emulated machine answers says nothing of how it answers.
  const flags = ['--json', '--skip-rate-test', '--timeout', '60', '--port', String(keyed.port), 'localhost'];
  const { stdout } = await run(`${folder.trim()}/ssh-audit`, flags, { timeout: 240_000 }).catch(
    // With a warning it ends with 2, with a failure 3; what it found is in its output.
    (error: { code: unknown; stdout: string }) =>
      error.code === 2 || error.code === 3 ? error : Promise.reject(error as unknown as Error),
  );
  t.deepEqual(findings(stdout), ['curve25519-sha256: does not provide protection against post-quantum attacks']);
  t.is(
    findings('{"enc":[{"algorithm":"3des-cbc","notes":{"fail":["is broken"],"info":["old"]}}]}')[0],
    '3des-cbc: is broken',
  );
});

/** Failures and warnings of a report of ssh-audit. */
function findings(report: string): string[] {
  interface Algorithm {
    algorithm: string;
    notes: { fail?: string[]; warn?: string[] };
  }
  const parts = JSON.parse(report) as Partial<Record<'kex' | 'key' | 'enc' | 'mac', Algorithm[]>>;
  const algorithms = [parts.kex, parts.key, parts.enc, parts.mac].flatMap((part) => part ?? []);
  if (algorithms.length === 0) throw new Error(`no report: ${report}`);
  return algorithms.flatMap(({ algorithm, notes: { fail = [], warn = [] } }) =>
    [...fail, ...warn].map((note) => `${algorithm}: ${note}`),
  );
}

/** The methods by which a guest lets one in. */
async function methods({ port }: Tenant): Promise<string | undefined> {
  const refused = await run(
    'ssh',
    [
      '-p',
      String(port),
      '-o',
      'PreferredAuthentications=none',
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
      'ubuntu@localhost',
    ],
    { timeout: 120_000 },
  ).then(
    () => ({ stderr: '' }),
    (error: { stderr: string }) => error,
  );
  return /Permission denied \((.*)\)/.exec(refused.stderr)?.[1];
}

test.serial('a password opens a machine only where one was handed out', async (t) => {
  t.timeout(300_000);
  t.is(await methods(keyed), 'publickey');
  t.is(await methods(passworded), 'publickey,password');
  await keyed.root('echo ubuntu:known-to-me | chpasswd');
  await t.throwsAsync(ssh(keyed.port, { password: 'known-to-me' }, 'true'), { message: /Permission denied/ });
});

test.serial('root does not log in, by key or by password', async (t) => {
  t.timeout(300_000);
  await keyed.root('install -D -m 600 /home/ubuntu/.ssh/authorized_keys /root/.ssh/authorized_keys');
  await t.throwsAsync(ssh(keyed.port, { ...keyed.credential, user: 'root' }, 'true'), { message: /Permission denied/ });
  await passworded.root('echo root:known-to-me | chpasswd');
  const root = { password: 'known-to-me', user: 'root' };
  await t.throwsAsync(ssh(passworded.port, root, 'true'), { message: /Permission denied/ });
  t.is(await ssh(passworded.port, passworded.credential, 'id -un'), 'ubuntu\n', 'it is up');
});

test.serial('the firewall lets in the proxy, to two ports, and nobody else', async (t) => {
  t.timeout(120_000);
  const status = await keyed.root('ufw status verbose');
  t.regex(status, /^Status: active$/m);
  t.regex(status, /^Default: deny \(incoming\), allow \(outgoing\)/m);
  const rules = [...status.matchAll(/^(\S+) +(\S+) IN +(\S+)/gm)].map(
    ([, port, what, from]) => `${what} ${port} ${from}`,
  );
  const gateway = (await keyed.root("ip -json route show default | jq -r '.[].gateway'")).trim();
  t.deepEqual(rules.toSorted(), [`ALLOW 22/tcp ${gateway}`, `ALLOW 80/tcp ${gateway}`]);
});

/**
 * Looks for what is secret on a machine: the hash of its password, the host key, the seed of its random numbers, and a word
 * planted in a file for all. Prints for root and for users without rights which files have one of them, and which of the
 * places with secrets they can read.
 */
const searchForSecrets = String.raw`
disk=$(blkid -L cidata)
mount -r $disk /mnt
seed=$(sed 1d /mnt/user-data | jq -r .random_seed.data)
umount /mnt
secrets=$(getent shadow ubuntu | cut -d: -f2; sed -n 3p /etc/ssh/ssh_host_ed25519_key; echo "$seed")
secrets=$(tee /srv/planted <<<planted-for-this-search; echo "$secrets")
chmod 644 /srv/planted
[ $(grep -cE '^.{20,}$' <<<"$secrets") = 4 ]
places="/srv/planted $disk /dev/vda /run/webhoster /etc/shadow /etc/ssh/ssh_host_ed25519_key /var/lib/systemd/random-seed
  /etc/ufw/user.rules /home/ubuntu/.ssh $(ls /run/log/journal/*/system.journal)"
search() {
  # grep and find end with an error where they may not look.
  grep="grep -lsF -f -"
  { "$@" $grep -r --devices=skip --exclude-dir={proc,sys,dev,usr} / || [ $? -le 2 ]; } <<<"$secrets"
  { "$@" $grep $disk || [ $? -le 2 ]; } <<<"$secrets"
}
readable() {
  "$@" find $places -maxdepth 0 -readable 2>/dev/null || [ $? = 1 ]
  "$@" find /dev -type b -readable 2>/dev/null
}
tell() { echo "$1:" $(for one in $2; do [ $one = $disk ] && echo DISK || echo $one; done | sort -u); }
for user in root nobody www-data; do
  tell "$user finds" "$(search sudo -u $user)"
  tell "$user reads" "$(readable sudo -u $user)"
done
`;

test.serial('no secret of the machine is open to other users on it', async (t) => {
  t.timeout(400_000);
  const told = await passworded.root(searchForSecrets);
  const lines = told.trim().split('\n');
  const of = (what: string) =>
    lines
      .find((line) => line.startsWith(`${what}:`))
      ?.slice(what.length + 1)
      .trim();
  t.is(
    of('root finds'),
    '/etc/shadow /etc/ssh/ssh_host_ed25519_key /srv/planted DISK',
    'and nothing lies about elsewhere',
  );
  t.regex(of('root reads') ?? '', /\/run\/webhoster .*\/random-seed .*DISK/);
  for (const user of ['nobody', 'www-data']) {
    t.is(of(`${user} finds`), '/srv/planted', user);
    t.is(of(`${user} reads`), '/srv/planted', user);
    await t.throwsAsync(passworded.root(`sudo -u ${user} sudo -n true`), { message: /password is required/ });
  }
});

/** What makes a machine itself. */
async function identity(tenant: Tenant) {
  const keys = await hostKeys(tenant);
  const [machineId = '', seed = ''] = (
    await tenant.root('cat /etc/machine-id; sha256sum < /var/lib/systemd/random-seed')
  ).split('\n');
  return { keys, machineId, seed };
}

async function hostKeys({ port }: Tenant): Promise<string> {
  const { stdout } = await run('ssh-keyscan', ['-T', '60', '-p', String(port), 'localhost'], { timeout: 120_000 });
  return stdout.replace(/^\S+ /gm, '');
}

test.serial('each machine is another, and stays what it is when it starts again', async (t) => {
  t.timeout(600_000);
  const [one, other] = [await identity(keyed), await identity(passworded)];
  t.regex(one.keys, /^ssh-ed25519 \S+\n$/);
  t.regex(one.machineId, /^[0-9a-f]{32}$/);
  t.regex(one.seed, /^[0-9a-f]{64}/);
  for (const part of ['keys', 'machineId', 'seed'] as const) t.not(one[part], other[part], part);

  await keyed.root('sync');
  await virsh('destroy', keyed.vmId);
  await virsh('start', keyed.vmId);
  const deadline = Date.now() + 300_000;
  while (!(await hostKeys(keyed).catch(() => ''))) t.true(Date.now() < deadline, 'it answers again');
  const again = await identity(keyed);
  t.deepEqual({ keys: again.keys, machineId: again.machineId }, { keys: one.keys, machineId: one.machineId });
});

test.serial('security updates come by themselves, and are in force', async (t) => {
  t.timeout(600_000);
  const timer = await keyed.root(
    'systemctl show -p ActiveState,RandomizedDelayUSec,TimersMonotonic webhoster-updates.timer',
  );
  t.regex(timer, /^ActiveState=active$/m);
  t.regex(timer, /^RandomizedDelayUSec=1h$/m);
  t.regex(timer, /OnBootUSec=10min/);
  t.regex(await keyed.root('apt-mark showhold'), /^linux-image-/m, 'QEMU is given the kernel');
  t.regex(await keyed.root('cat /etc/apt/sources.list'), /-security main/);
  await keyed.root(packages);
  await keyed.root('systemctl start webhoster-updates.service');
  const versions = await keyed.root("dpkg-query -Wf '${Package} ${Version}\\n' urgent optional");
  t.is(versions, 'optional 1\nurgent 2\n');
  t.is(await keyed.root('readlink /proc/$(systemctl show -P MainPID urgent)/exe'), '/usr/bin/urgent\n');
});
