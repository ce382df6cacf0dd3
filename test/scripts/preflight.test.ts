// What scripts/docker-start.sh --check says of how the machine is set: its own functions, one by one. Those of ports, of
// networks, of folders and of the firewall are in files of their own.
import { globSync, readFileSync, utimesSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectionsOfVm } from '../../api/config/stacks.ts';
import { nodeNames } from '../../programs/names.ts';
import { apart, makeCheckout, says, startDocker, temporaryFolder, withProgram } from './preflight.ts';
import { run } from '../support/run.ts';

test('the bridge has the name that the node gives it', async (t) => {
  for (const node of ['local', 'twelve-chars', 'thirteen-char', 'a-name-of-31-characters-at-most']) {
    t.is(await says('bridge_name', { environment: { NODE_NAME: node } }), `${nodeNames(node).bridge}\n0\n`);
  }
});

test('the kernel’s table of connections is held against what the VMs may have', async (t) => {
  const told = (network: string) => says('check_connections', { environment: { VM_NETWORK: network } });
  const room = Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'));
  const few = `5 VMs have up to ${5 * connectionsOfVm} connections, and the kernel has room for ${room}`;
  t.is(await told('10.77.0.0/29'), `  ✔ ${few}\n0\n`);
  // There are more addresses than SSH ports.
  const many = 10_001 * connectionsOfVm;
  const note = await told('10.77.0.0/16');
  t.regex(
    note,
    new RegExp(`! 10001 VMs may have ${connectionsOfVm} connections each, ${many} in all, .* ${room}, which\n`),
  );
  t.regex(note, new RegExp(`net.netfilter.nf_conntrack_max=${many + room} >.*\n.*\n0\n$`));
});

test('libvirt’s several daemons are told from its one', async (t) => {
  const empty = 'mkdir -p /run/libvirt; mount -t tmpfs none /run/libvirt';
  const socket = (name: string) => `${empty}
    perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/run/libvirt/${name}", Listen => 1)'`;
  const told = (preparation: string, environment = {}) => says('check_libvirt', { environment, preparation });
  t.is(await told(socket('libvirt-sock')), '0\n');
  t.regex(await told(socket('virtqemud-sock')), /✘ libvirt runs as [^]*systemctl disable [^]*\n1\n$/);
  const { PATH } = withProgram(t, 'virtqemud', 'false');
  t.is(await told(empty, { PATH }), '0\n', 'libvirtd is there too');
  const only = `${empty}; PATH=${PATH.split(delimiter)[0]}`;
  t.regex(await told(only, { PATH }), /✘ libvirt is there as [^]*install libvirtd[^]*\n1\n$/);
});

/** A real one, with a network of its own. */
async function checkDocker(t: ExecutionContext, options = '', before = '', after = ''): Promise<string> {
  const preparation = `${before}\n${startDocker(temporaryFolder(t), options)}\n${after}`;
  return says('check_docker', { preparation });
}

test('a Docker of the usual kind is one for us, also with a bridge of somebody’s own', async (t) => {
  t.timeout(120_000);
  t.is(await checkDocker(t), '0\n');
  const bridge = 'ip link add br7 type bridge; ip address add 10.7.7.1/24 dev br7; ip link set br7 up';
  t.is(await checkDocker(t, '--bridge br7', bridge), '0\n');
});

test('a Docker whose bridge is gone, or that has none, is none for us', async (t) => {
  t.timeout(120_000);
  const gone = await checkDocker(t, '', '', 'ip link delete docker0');
  t.regex(gone, /^ {2}✘ Docker answers, but its bridge docker0 is gone, .* Restart Docker: [^]*\n1\n$/);
  t.regex(await checkDocker(t, '--bridge none'), /^ {2}✘ Docker has no bridge of its own [^]*restart Docker\.\n1\n$/);
});

test('a Docker that remaps users is none for us', async (t) => {
  t.timeout(120_000);
  const ids = `${apart('/etc')} for file in /etc/subuid /etc/subgid; do echo nobody:100000:65536 >$file; done`;
  const told = await checkDocker(t, '--userns-remap=nobody:nogroup', ids);
  t.regex(told, /✘ Docker runs containers as other users \(userns-remap\)[^]*daemon\.json[^]*\n1\n$/);
});

test('a Docker that does not run yet is asked for its configuration', async (t) => {
  const environment = { DOCKER_HOST: 'unix:///nonexistent' };
  const configured = (json: string) =>
    says('check_docker', {
      environment,
      preparation: `${apart('/etc')} mkdir -p /etc/docker; echo '${json}' >/etc/docker/daemon.json`,
    });
  t.is(await configured('{ "userns-remap": "" }'), '0\n');
  t.regex(await configured('{ "userns-remap": "default" }'), /✘ Docker runs [^]*\n1\n$/);
  t.regex(await configured('{ "iptables": false }'), /^ {2}! Docker makes no rules for its containers [^]*\n0\n$/);
});

// What follows is said by stand-ins: these are not for this machine.
test('what is called docker and is another is named', async (t) => {
  const told = (script: string) => says('check_docker', { environment: withProgram(t, 'docker', script) });
  t.regex(
    await told('[ "$1" != --version ] || echo podman version 4.3.1'),
    /✘ docker is that of Podman[^]*podman-docker[^]*\n1\n$/,
  );
  const answers = (question: string, answer: string) =>
    told(`case "$*" in *${question}*) echo ${answer} ;; *bridge.name*) echo lo ;; *) echo 28.2 ;; esac`);
  t.is(await answers('OperatingSystem', 'Debian'), '0\n');
  t.regex(await answers('OperatingSystem', '"Docker Desktop"'), /✘ Docker is Docker Desktop[^]*\n1\n$/);
  t.regex(await answers('SecurityOptions', '[name=rootless]'), /✘ .*\(rootless\)[^]*\n1\n$/);
  t.regex(await answers('SecurityOptions', '[name=selinux]'), /✘ Docker labels containers for SELinux[^]*\n1\n$/);
  // As timeout says it.
  t.regex(await told('exit 124'), /✘ Docker does not answer within 20 seconds: restart it[^]*\n1\n$/);
  const preparation = 'type() { [[ "$*" != "-P docker" ]] && builtin type "$@" || echo /snap/bin/docker; }';
  t.regex(await says('check_docker_kind', { preparation }), /✘ Docker is a snap, [^]*\n1\n$/);
});

/** A kernel without anything, and with the modules of another. */
const noKernel = `mount -t tmpfs none /sys/module; mount --bind /dev/null /proc/kallsyms; ${apart('/usr/lib')}
  rm -rf /usr/lib/modules; mkdir -p /usr/lib/modules/$(uname -r)\n`;

test('what the kernel lacks is named, and whether a restart brings it', async (t) => {
  const told = (preparation: string, script: string) =>
    says('check_tun() { :; }; check_cgroups() { :; }; check_kernel', {
      environment: withProgram(t, 'modprobe', script),
      preparation,
    });
  t.is(await told('', 'exit 1'), '0\n', 'they are here');
  t.is(await told(noKernel, 'exit 0'), '0\n', 'they can be loaded');
  t.regex(
    await told(noKernel, '[ "$3" != nf_tables ]'),
    /^ {2}✘ The kernel \(\S+\) has no nf_tables, which Docker and libvirt need: start the one of the distribution [^]*\n1\n$/,
  );
  const replaced = `${noKernel} mv /usr/lib/modules/$(uname -r) /usr/lib/modules/5.0-other`;
  t.regex(
    await told(replaced, 'exit 1'),
    /^ {2}✘ The kernel that runs \(\S+\) was replaced by an update, [^]*Restart the machine\.\n1\n$/,
  );
  const forbidden = 'case "$*" in "--show-depends overlay") echo "install /bin/false " ;; esac';
  t.regex(await told(noKernel, forbidden), /^ {2}✘ A file in \/etc\/modprobe\.d forbids .*: overlay\. [^]*\n1\n$/);
});

test('without a way to ask for modules it is not known, and so it is said', async (t) => {
  const preparation = `${noKernel} type() { [[ "$*" != "-P modprobe" ]] && builtin type "$@"; }`;
  t.regex(
    await says('check_tun() { :; }; check_cgroups() { :; }; check_kernel', { preparation }),
    /^ {2}! whether the kernel has [^✔✘]*\n0\n$/,
  );
});

test('VMs have a device for their network', async (t) => {
  t.is(await says('check_tun'), '0\n');
  const preparation = 'mount -t tmpfs none /dev/net';
  t.regex(await says('check_tun', { preparation }), /^ {2}✘ There is no \/dev\/net\/tun, [^]*modprobe tun; [^]*\n1\n$/);
});

test('cgroups of either kind do, and which limits are not held is said', async (t) => {
  const none = 'umount --recursive /sys/fs/cgroup\n';
  const first = (...controllers: string[]) =>
    `${none} mount -t tmpfs none /sys/fs/cgroup; for name in ${controllers.join(' ')}; do
      mkdir /sys/fs/cgroup/$name; mount -t cgroup -o $name none /sys/fs/cgroup/$name; done`;
  t.regex(
    await says('check_cgroups', { preparation: none }),
    /^ {2}✘ No cgroups are mounted, [^]*mount -t cgroup2 [^]*\n1\n$/,
  );
  // The machine has its controllers in one of them.
  const unified = readFileSync('/proc/self/cgroup', 'utf8').trim().startsWith('0::');
  const [whole, part] = unified ? ['true', ''] : [first('memory', 'pids', 'cpu'), first('pids', 'cpu')];
  t.regex(await says('check_cgroups', { preparation: whole }), /^ {2}✔ cgroup v[12]\n0\n$/);
  if (!unified)
    t.regex(await says('check_cgroups', { preparation: part }), /^ {2}! cgroup v1 without memory: [^✔]*\n0\n$/);
  const second = `${none} mount -t cgroup2 none /sys/fs/cgroup`;
  t.regex(
    await says('check_cgroups', { preparation: second }),
    unified ? /^ {2}✔ cgroup v2/ : /^ {2}! cgroup v2 without memory pids cpu: /,
  );
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
