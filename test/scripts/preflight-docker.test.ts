// What scripts/docker-start.sh --check says of Docker and libvirt.
import { delimiter } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { apart, says, startDocker, withProgram } from './preflight.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
