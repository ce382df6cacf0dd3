// What scripts/docker-start.sh --check says of how the machine is set: its own functions, one by one. Those of Docker, of the
// kernel, of ports, of networks, of folders and of the firewall are in files of their own.
import { globSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { nodeNames } from '../../programs/names.ts';
import { apart, makeCheckout, says, withProgram } from './preflight.ts';
import { run } from '../support/run.ts';

test('the bridge has the name that the node gives it', async (t) => {
  for (const node of ['local', 'twelve-chars', 'thirteen-char', 'a-name-of-31-characters-at-most']) {
    t.is(await says('bridge_name', { environment: { NODE_NAME: node } }), `${nodeNames(node).bridge}\n0\n`);
  }
});

test('a clock that is years off is held against the age of the checkout', async (t) => {
  const checkout = makeCheckout(t);
  t.is(await says('check_clock', { checkout }), '0\n');
  const years = (count: number) => new Date(Date.now() + count * 366 * 86_400_000);
  const written = (date: Date) => utimesSync(join(checkout, 'package.json'), date, date);
  written(years(1));
  t.regex(
    await says('check_clock', { checkout }),
    /^ {2}✘ The clock says \S+, which is before \S+, when this checkout was made: [^]*\n1\n$/,
  );
  written(new Date());
  const commit = async (date: Date) => {
    const env = { GIT_AUTHOR_DATE: date.toISOString(), GIT_COMMITTER_DATE: date.toISOString() };
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.com'];
    await run('git', ['init', '--quiet', checkout]);
    await run('git', ['-C', checkout, ...who, 'commit', '--quiet', '--allow-empty', '--message', 'x'], { env });
  };
  await commit(years(-9));
  t.is(await says('check_clock', { checkout }), '0\n');
  await commit(years(-11));
  t.regex(
    await says('check_clock', { checkout }),
    /^ {2}✘ The clock says \S+, which is ten years after \S+, when this version was made: /,
  );
  await commit(years(2));
  t.regex(await says('check_clock', { checkout }), /^ {2}✘ The clock says \S+, which is before /);
});

test('what sudo left out is told', async (t) => {
  // It clears the environment, and stays the parent of what it runs.
  const sudo = withProgram(t, 'sudo', 'env -u https_proxy -u GOPROXY HTTP_PORT=80 SUDO_USER=x "$@"; true');
  const told = (variables: object, files: string[] = []) =>
    says(`sudo bash -c 'eval "$parts"; check_sudo'`, {
      environment: { ...sudo, ...variables },
      checkout: makeCheckout(t, files),
    });
  t.is(await told({ HTTP_PORT: '80' }), '0\n');
  t.regex(
    await told({ HTTP_PORT: '8480', https_proxy: 'http://user:secret@proxy:3128' }),
    /^ {2}! sudo left out (?:HTTP_PORT https_proxy|https_proxy HTTP_PORT), .*\n +sudo --preserve-env=\S+ \S+\n0\n$/,
  );
  t.notRegex(await told({ https_proxy: 'http://user:secret@proxy:3128' }), /secret/);
  t.is(await told({ HTTP_PORT: '8480' }, ['.env']), '0\n', 'there the file counts');
  t.regex(await told({ GOPROXY: 'https://go.example.com' }, ['.env']), /left out GOPROXY,/);
});

/** dpkg's own folder, with one package. */
const packages = (status: string) => `mount -t tmpfs none /var/lib/dpkg; mkdir -p /var/lib/dpkg/{info,updates}
  printf 'Package: x\\nStatus: install ok ${status}\\nVersion: 1\\nArchitecture: all\\nMaintainer: x\\nDescription: x\\n' >/var/lib/dpkg/status\n`;

test('a dpkg that was interrupted, or is at work, is named where packages are missing', async (t) => {
  const told = (preparation: string) => says('check_apt', { preparation });
  t.is(await told(packages('installed')), '0\n');
  t.regex(
    await told(packages('half-configured')),
    /^ {2}✘ .* dpkg was interrupted \(x\): say dpkg --configure -a, [^]*\n1\n$/,
  );
  t.regex(
    await told(`${packages('installed')} touch /var/lib/dpkg/updates/0001`),
    /^ {2}✘ .* dpkg was interrupted: say [^]*\n1\n$/,
  );
  const lock =
    'import fcntl, time; lock = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(lock, fcntl.LOCK_EX); time.sleep(99)';
  const locked = `${packages('installed')} python3 -c '${lock}' & until [[ $(locker /var/lib/dpkg/lock-frontend) ]]; do sleep 0.1; done`;
  t.regex(await told(locked), /^ {2}! packages are installed when python\S* \(process \d+\) is done with it: .*\n0\n$/);
  t.is(await told(`${locked}; list_missing_packages() { :; }`), '0\n', 'none is missing');
});

test('a unit that systemd may not start is named', async (t) => {
  const environment = withProgram(t, 'systemctl', '[ "$2" != libvirtd.service ] || echo masked');
  const preparation = 'mount -t tmpfs none /run; mkdir -p /run/systemd/system';
  t.regex(
    await says('check_units', { environment, preparation }),
    /^ {2}✘ systemd is forbidden to start libvirtd\.service: say systemctl unmask libvirtd\.service\n1\n$/,
  );
  t.is(await says('check_units', { environment, preparation: 'mount -t tmpfs none /run' }), '0\n');
});

test('whether KVM works is tried by root only', async (t) => {
  t.regex(
    await says('is_root() { false; }; check_kvm'),
    /^ {2}! (?:.*whether KVM works is only tried by root|no \/dev\/kvm)/,
  );
});

test('who runs it, and on what, is looked at', async (t) => {
  t.is(await says('check_user'), '0\n');
  t.regex(
    await says('is_root() { false; }; check_user'),
    /✘ Docker and libvirt need root, and so does much [^]*\n1\n$/,
  );
  const release = (text: string) => `${apart('/etc')} rm /etc/os-release; ${text}`;
  const debian = release('printf "ID=debian\\nVERSION_ID=13\\n" >/etc/os-release');
  t.is(await says('check_system', { preparation: debian }), '  ✔ debian 13\n0\n');
  const alpine = release('printf "ID=alpine\\n" >/etc/os-release; command() { [[ $2 != apt-get ]]; }');
  t.regex(await says('check_system', { preparation: alpine }), /✘ alpine {2}has no apt: use Debian[^]*\n1\n$/);
  t.regex(await says('check_system', { preparation: release('true') }), /^ {2}! This system: made for/);
  const arm = withProgram(t, 'uname', 'echo aarch64');
  t.regex(
    await says('check_system', { environment: arm }),
    /✘ The guests are made for x86-64, and this is aarch64[^]*\n1\n$/,
  );
});

test('the scripts read what programs print in no language of an operator’s', async (t) => {
  const environment = { LC_ALL: 'POSIX', LANGUAGE: 'ko', LANG: 'ko_KR.EUC-KR' };
  t.is(await says('echo "$(locale charmap) $LC_ALL ${LANGUAGE:-none}"', { environment }), 'UTF-8 C.UTF-8 none\n0\n');
});

// Not in a list with ||, in which a command that fails ends nothing.
const whole = 'preflight 2>&1 & wait $! || echo "ended with $?"';

test('all of it together says at the end how much there is to do', async (t) => {
  const environment = { HTTPS_REDIRECT: 'maybe', API_PORT: '80' };
  const told = await says(whole, { environment });
  t.regex(told, /✘ API_PORT and HTTP_PORT are both 80[^]*✘ HTTPS_REDIRECT is off, on or strict/);
  t.regex(
    told,
    /\n(?:[2-9]|\d\d) thing\(s\) to put right first, see above\. Nothing was changed\.\nended with 1\n0\n$/,
  );
});

test('a check that itself fails is no silent end', async (t) => {
  const told = await says(`check_clock() { false; }; ${whole}`);
  t.regex(told, /✘ The look at this machine ended in check_clock, [^]*Nothing was changed\.\nended with 1\n/);
});

test('no check is left out', (t) => {
  const files = globSync('scripts/docker/{preflight,host,check-*}.sh').map((path) => readFileSync(path, 'utf8'));
  const lines = files.join('\n').split('\n');
  const defined = lines.flatMap((line) => /^(check_\w+)\(\)/.exec(line)?.[1] ?? []);
  t.true(defined.length > 30);
  const called = lines.flatMap((line) => /^ +(?:if )?(check_\w+)(?:;|$)/.exec(line)?.[1] ?? []);
  const looks = lines.flatMap((line) => /^ +look (.*)$/.exec(line)?.[1]?.split(' ') ?? []);
  const all = new Set([...called, ...looks.map((name) => `check_${name}`)]);
  t.deepEqual(
    defined.filter((name) => !all.has(name)),
    [],
  );
});
