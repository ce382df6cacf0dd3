// What a VM is to those who reach it, and to those who are on it without being its owner: on two real VMs.
import type { ExecutionContext } from 'ava';
import { asRoot, type Credential, loginMethods, makeKey, ssh } from '../support/guest/guest.ts';
import { gather, hesitate } from '../support/guest/strangers.ts';
import type { OperationStep } from '../../api/models/operation.ts';
import { packages } from './guest-packages.ts';
import { readSeed, searchForSecrets } from './guest-secrets.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { run } from '../support/run.ts';
import { signUp } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();

interface Tenant {
  port: number;
  /** Where its site is. */
  site: string;
  restart: () => Promise<number>;
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
  const restart = async () => (await user.call('POST', '/host/my/restart')).status;
  return { port: hosting.ssh_port, site: `${context.url}/${user.userId}/`, restart, credential, root };
}

test.serial.before('one tenant by key, one by password', async (t) => {
  t.timeout(600_000);
  [keyed, passworded] = await Promise.all([makeTenant(t, makeKey(t.context.directory)), makeTenant(t)]);
});

test.serial('one was made while the other booted, by an engine that worked for one at a time', async (t) => {
  const { OperationEvent } = t.context.database.models;
  const events = await OperationEvent.findAll({ order: [['id', 'ASC']] });
  const when = (step: OperationStep) => events.filter((event) => event.step === step).map(({ id }) => Number(id));
  const [disks, webs, ends] = [when('disk'), when('web'), when('done')];
  t.is(ends.length, 2);
  t.true(Math.max(...disks) < Math.min(...ends), 'the second was begun before the first had ended');
  t.true(Math.max(...disks) > Math.min(...webs), 'and after the engine had ended its work for the first');
});

test.serial('SSH offers what ssh-audit does not fail', async (t) => {
  t.timeout(600_000);
  const { stdout: folder } = await run('scripts/quality/install-python-tool.sh', ['ssh-audit'], { timeout: 240_000 });
  // How fast an emulated machine answers says nothing of how it answers.
  const flags = ['--json', '--skip-rate-test', '--timeout', '60', '--port', String(keyed.port), 'localhost'];
  const { stdout, exitCode, shortMessage } = await run(`${folder.trim()}/ssh-audit`, flags, {
    timeout: 240_000,
    reject: false,
  });
  // With a warning it ends with 2, with a failure 3; what it found is in its output.
  t.true([0, 2, 3].includes(exitCode ?? -1), shortMessage);
  t.deepEqual(findings(stdout), [
    'curve25519-sha256: does not provide protection against post-quantum attacks',
    'curve25519-sha256@libssh.org: does not provide protection against post-quantum attacks',
    'hmac-sha2-256: using encrypt-and-MAC mode',
  ]);
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

test.serial('a password opens a machine only where one was handed out', async (t) => {
  t.timeout(600_000);
  t.is(await loginMethods(keyed.port), 'publickey');
  t.is(await loginMethods(passworded.port), 'publickey,password');
  await keyed.root('echo ubuntu:known-to-me | chpasswd');
  await t.throwsAsync(ssh(keyed.port, { password: 'known-to-me' }, 'true'), { message: /Permission denied/ });
});

test.serial('root does not log in, by key or by password', async (t) => {
  t.timeout(600_000);
  await keyed.root('install -D -m 600 /home/ubuntu/.ssh/authorized_keys /root/.ssh/authorized_keys');
  await t.throwsAsync(ssh(keyed.port, { ...keyed.credential, user: 'root' }, 'true'), { message: /Permission denied/ });
  await passworded.root('echo root:known-to-me | chpasswd');
  const root = { password: 'known-to-me', user: 'root' };
  await t.throwsAsync(ssh(passworded.port, root, 'true'), { message: /Permission denied/ });
  t.is(await ssh(passworded.port, passworded.credential, 'id -un'), 'ubuntu\n', 'it is up');
});

test.serial('the firewall lets in the proxy, to two ports, and nobody else', async (t) => {
  t.timeout(600_000);
  const status = await keyed.root('ufw status verbose');
  t.regex(status, /^Status: active$/m);
  t.regex(status, /^Default: deny \(incoming\), allow \(outgoing\)/m);
  const rules = [...status.matchAll(/^(\S+) +(\S+) IN +(\S+)/gm)].map(
    ([, port, what, from]) => `${what} ${port} ${from}`,
  );
  const gateway = (await keyed.root("ip -json route show default | jq -r '.[].gateway'")).trim();
  t.deepEqual(rules.toSorted(), [`ALLOW 22/tcp ${gateway}`, `ALLOW 80/tcp ${gateway}`]);
});

test.serial('no secret of the machine is open to other users on it', async (t) => {
  t.timeout(600_000);
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

test.serial('the owner gets in while 90 others hold connections and never log in', async (t) => {
  t.timeout(600_000);
  const strangers = await gather(hesitate, keyed.port, 10, 9);
  t.teardown(() => strangers.forEach((stranger) => stranger.leave()));
  for (let turn = 0; turn < 5; turn += 1) t.is(await ssh(keyed.port, keyed.credential, 'id -un'), 'ubuntu\n');
});

test.serial('visitors may send 100 MB; above its own limit the guest says what to change', async (t) => {
  t.timeout(600_000);
  const send = async (megabytes: number) => {
    const body = Buffer.alloc(megabytes * 1_024 * 1_024);
    const answer = await fetch(keyed.site, { method: 'POST', body, signal: AbortSignal.timeout(180_000) });
    return { status: answer.status, text: await answer.text() };
  };
  await keyed.root(`
    sed -i 's,location / {,location / { if ($request_method = POST) { return 200 taken; },' /etc/nginx/sites-available/default
    systemctl reload nginx`);
  const taken = await send(100);
  t.is(taken.status, 200, taken.text);
  await keyed.root(`
    sed -i 's/^client_max_body_size .*/client_max_body_size 1m;/' /etc/nginx/conf.d/webhoster.conf
    systemctl reload nginx`);
  // A worker of before ends the requests that it has, and may have one more.
  let refused = await send(2);
  for (let requests = 1; requests < 20 && refused.status === 200; requests++) refused = await send(2);
  t.is(refused.status, 413);
  t.regex(refused.text, /client_max_body_size.*\/etc\/nginx\/conf\.d\/webhoster\.conf/);
});

test.serial('it runs jobs by time, and keeps the proxy out of bans', async (t) => {
  t.timeout(600_000);
  t.is(await keyed.root('systemctl is-active cron; systemctl is-enabled rsync || true'), 'active\ndisabled\n');
  const gateway = (await keyed.root("ip -json route show default | jq -r '.[].gateway'")).trim();
  t.true((await keyed.root('cat /etc/fail2ban/jail.d/webhoster.conf')).endsWith(` ${gateway}\n`));
});

/** What makes a machine itself. */
async function identity(tenant: Tenant) {
  const [machineId, seed] = (await tenant.root(`cat /etc/machine-id\n${readSeed}`)).split('\n');
  return { keys: await hostKeys(tenant), machineId: machineId ?? '', seed: seed ?? '' };
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
  t.regex(one.seed, /^[A-Za-z0-9+/=]{40,}$/);
  for (const part of ['keys', 'machineId', 'seed'] as const) t.not(one[part], other[part], part);

  t.is(await keyed.restart(), 200);
  const deadline = Date.now() + 300_000;
  while (!(await hostKeys(keyed).catch(() => ''))) t.true(Date.now() < deadline, 'it answers again');
  const again = await identity(keyed);
  t.deepEqual(again, one);
});

test.serial('security updates come by themselves, and are in force', async (t) => {
  t.timeout(600_000);
  const timer = await keyed.root(
    'systemctl show -p ActiveState,RandomizedDelayUSec,TimersMonotonic webhoster-updates.timer',
  );
  t.regex(timer, /^ActiveState=active$/m);
  t.regex(timer, /^RandomizedDelayUSec=1h$/m);
  t.regex(timer, /OnBootUSec=10min/);
  t.is(
    await keyed.root('systemctl show -P ExecMainStartTimestampMonotonic webhoster-updates.service'),
    '0\n',
    'not yet',
  );
  t.regex(await keyed.root('apt-mark showhold'), /^linux-image-/m, 'QEMU is given the kernel');
  t.regex(await keyed.root('cat /etc/apt/sources.list'), /-security main/);
  await keyed.root(packages);
  await keyed.root('systemctl start --wait webhoster-updates.service');
  const versions = await keyed.root("dpkg-query -Wf '${Package} ${Version}\\n' urgent optional");
  t.is(versions, 'optional 1\nurgent 2\n');
  t.is(await keyed.root('readlink /proc/$(systemctl show -P MainPID urgent)/exe'), '/usr/bin/urgent\n');
});
