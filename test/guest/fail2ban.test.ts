// An owner installs fail2ban as guides say, and people mistype passwords: all of them come from the proxy's address.
import test from 'ava';
import { GuestRoot } from '../support/guest/guest-root.ts';
import { addresses, VmNetwork } from '../support/network/vm-network.ts';
import { run } from '../support/run.ts';

const name = `whf${process.pid}`;
const proxyAddress = '10.4.0.1';
let network: VmNetwork;
let guest: GuestRoot;

test.before(async (t) => {
  t.timeout(900_000);
  network = await VmNetwork.make(name, 'wh-fail2ban', { served: false });
  await run('ip', ['-n', `${name}-world`, 'route', 'add', 'default', 'via', '192.175.48.1']);
  const passwordHash = (await run('openssl', ['passwd', '-6', 'open-this-account'])).stdout.trim();
  const told = { passwordHash, proxyAddresses: [proxyAddress] };
  guest = await GuestRoot.make({ networkNamespace: `${name}-guest`, told });
  // The log that fail2ban reads by default is rsyslog's, and has to be there.
  await guest.install('fail2ban', 'rsyslog');
  guest.start('rsyslogd', '-n');
  const logged = async () =>
    guest.root('logger --priority auth.notice begun && test -s /var/log/auth.log').then(() => true);
  await until(() => logged().catch(() => false), 'there is a log');
  await guest.startSshd();
});
test.after.always(async () => {
  await (guest as GuestRoot | undefined)?.remove();
  await (network as VmNetwork | undefined)?.remove();
});

/** Tries to log in with a wrong password. @returns what was said; nothing when there is no answer */
async function guess(place: 'node' | 'world'): Promise<string> {
  const options = ['PubkeyAuthentication=no', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null'];
  const flags = [...options, 'ConnectTimeout=3', 'NumberOfPasswordPrompts=1', 'LogLevel=ERROR'];
  const ssh = ['ssh', ...flags.flatMap((option) => ['-o', option]), `ubuntu@${addresses.guest}`, 'true'];
  const { stderr } = await run('ip', ['netns', 'exec', `${name}-${place}`, 'sshpass', '-p', 'mistyped', ...ssh], {
    reject: false,
  });
  return /Permission denied/.exec(stderr)?.[0] ?? '';
}

async function until(reached: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await reached());)
    if (Date.now() > deadline) throw new Error(`Not within a minute: ${what}.`);
}

const ways = {
  'as the package sets it up': '',
  'with exceptions of the owner’s in jail.local':
    '[DEFAULT]\nignoreip = 127.0.0.1/8 ::1 192.0.2.7\n[sshd]\nmaxretry = 3\n',
};
for (const [way, settings] of Object.entries(ways)) {
  test.serial(`${way}, it bans strangers and not the proxy`, async (t) => {
    t.timeout(240_000);
    await guest.root(`cat >/etc/fail2ban/jail.local <<'END'\n${settings}END`);
    guest.start('fail2ban-server', '-f', 'start');
    const client = async (...command: string[]) => guest.root(`fail2ban-client ${command.join(' ')} 2>&1 || true`);
    await until(async () => (await client('status', 'sshd')).includes('Banned IP list'), 'it is up');
    const has = async (what: RegExp) => what.test(await client('status', 'sshd'));
    t.regex(await client('get', 'sshd', 'ignoreip'), settings ? /192\.0\.2\.7/ : /10\.4\.0\.1/);

    for (let turn = 0; turn < 8; turn += 1) t.is(await guess('node'), 'Permission denied', `the proxy, ${turn}`);
    // It reads of the proxy's before, in the same file.
    await until(async () => {
      await guess('world');
      return has(new RegExp(`Banned IP list:.*${addresses.world}`));
    }, 'it bans strangers');
    await until(async () => (await guess('world')) === '', 'a ban is in force');
    t.false(await has(new RegExp(`Banned IP list:.*${proxyAddress}\\b`)));
    t.is(await guess('node'), 'Permission denied', 'the proxy is answered');
    await guest.root('fail2ban-client unban --all && fail2ban-client stop');
    await until(async () => (await guess('world')) !== '', 'the ban is lifted');
  });
}
