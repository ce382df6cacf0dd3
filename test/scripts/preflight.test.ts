// What scripts/docker-start.sh --check says of how the machine is set: its own functions, one by one.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectionsOfVm } from '../../api/place.ts';
import { nodeNames } from '../../programs/names.ts';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../..');
const variables = {
  NODE_NAME: 'local',
  VM_NETWORK: '192.168.122.0/24',
  HTTP_PORT: '80',
  HTTPS_PORT: '443',
  SSH_PORT_FIRST: '10000',
  SSH_PORT_LAST: '20000',
};

/** What a function says, and how many things it finds that must be put right first. Before it, `preparation` is done. */
async function says(name: string, environment: NodeJS.ProcessEnv = {}, preparation = 'true'): Promise<string> {
  const script = `set -euo pipefail
    for part in lib preflight install host; do . scripts/docker/$part.sh; done
    ${preparation}
    ${name}
    echo "\${#problems[@]}"`;
  // A mount namespace of its own, for those that are given other folders.
  const { stdout } = await run('unshare', ['--mount', 'bash', '-c', script], {
    cwd: root,
    env: { ...process.env, ...variables, ...environment },
  });
  return stdout;
}

function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'webhoster-preflight-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Puts a program into a folder, which then is the first on the path. */
function withProgram(t: ExecutionContext, name: string, script: string): { PATH: string } {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` };
}

test('the bridge has the name that the node gives it', async (t) => {
  for (const node of ['local', 'twelve-chars', 'thirteen-char', 'a-name-of-31-characters-at-most']) {
    t.is(await says('bridge_name', { NODE_NAME: node }), `${nodeNames(node).bridge}\n0\n`);
  }
});

test('the kernel’s table of connections is held against what the VMs may have', async (t) => {
  const room = Number(readFileSync('/proc/sys/net/netfilter/nf_conntrack_max', 'utf8'));
  const few = `5 VMs have up to ${5 * connectionsOfVm} connections, and the kernel has room for ${room}`;
  t.is(await says('check_connections', { VM_NETWORK: '10.77.0.0/29' }), `  ✔ ${few}\n0\n`);
  // There are more addresses than SSH ports.
  const many = 10_001 * connectionsOfVm;
  const told = await says('check_connections', { VM_NETWORK: '10.77.0.0/16' });
  t.regex(
    told,
    new RegExp(`! 10001 VMs may have ${connectionsOfVm} connections each, ${many} in all, .* ${room}, which\n`),
  );
  t.regex(told, new RegExp(`net.netfilter.nf_conntrack_max=${many + room} >.*\n.*\n0\n$`));
});

test('libvirt’s several daemons are told from its one', async (t) => {
  const empty = 'mkdir -p /run/libvirt; mount -t tmpfs none /run/libvirt';
  const socket = (name: string) => `${empty}
    node -e 'require("net").createServer().listen("/run/libvirt/${name}", () => process.kill(process.pid, "SIGKILL"))' || true`;
  t.is(await says('check_libvirt', {}, socket('libvirt-sock')), '0\n');
  t.regex(
    await says('check_libvirt', {}, socket('virtqemud-sock')),
    /✘ libvirt runs as [^]*systemctl disable [^]*\n1\n$/,
  );
  const { PATH } = withProgram(t, 'virtqemud', 'false');
  t.is(await says('check_libvirt', { PATH }, empty), '0\n', 'libvirtd is there too');
  const only = `${empty}; PATH=${PATH.split(delimiter)[0]}`;
  t.regex(await says('check_libvirt', { PATH }, only), /✘ libvirt is there as [^]*install libvirtd[^]*\n1\n$/);
});

/** A real one beside the machine's own. */
const startDocker = (folder: string) => `
  chmod o+x ${folder}
  echo nobody:100000:65536 >${folder}/ids
  for file in /etc/subuid /etc/subgid; do mount --bind ${folder}/ids $file; done
  dockerd --userns-remap="$REMAP" --host unix://${folder}/socket --data-root ${folder}/data --exec-root ${folder}/exec \
    --pidfile ${folder}/pid --bridge none --iptables=false --ip6tables=false >${folder}/log 2>&1 &
  trap "kill $!; wait" EXIT
  export DOCKER_HOST=unix://${folder}/socket
  for ((try = 0; try < 200; try++)); do ! docker_answers || break; sleep 0.2; done
  docker_answers || { cat ${folder}/log; exit 1; }`;

test('a Docker that remaps users is none for us', async (t) => {
  t.timeout(120_000);
  const [plain, remapping] = [temporaryFolder(t), temporaryFolder(t)];
  t.is(await says('check_docker', { REMAP: '' }, startDocker(plain)), '0\n');
  const told = await says('check_docker', { REMAP: 'nobody:nogroup' }, startDocker(remapping));
  t.regex(told, /✘ Docker runs containers as other users \(userns-remap\)[^]*daemon\.json[^]*\n1\n$/);
});

test('a Docker that will remap users when it is started is none for us', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'docker'));
  const nowhere = { DOCKER_HOST: `unix://${folder}/nobody` };
  const configured = (json: string) => {
    writeFileSync(join(folder, 'docker/daemon.json'), json);
    return `mkdir -p /etc/docker; mount --bind ${folder}/docker /etc/docker`;
  };
  t.is(await says('check_docker', nowhere, configured('{ "userns-remap": "" }')), '0\n');
  t.regex(await says('check_docker', nowhere, configured('{ "userns-remap": "default" }')), /✘ Docker runs [^]*\n1\n$/);
});

// What follows is asked of a stand-in: firewalld would be in charge of this machine. That these commands open what they are
// said to was tried once with firewalld 1.3.3 in a network namespace, under our rules.
test('firewalld is told to leave the bridge to our rules', async (t) => {
  const firewalld = (state: string, trusted: string) =>
    withProgram(
      t,
      'firewall-cmd',
      `case "$*" in
        --state) ${state} ;;
        "--quiet --permanent --zone=trusted --query-interface=wh-local") ${trusted} ;;
        *) echo "unexpected: $*"; exit 2 ;;
      esac`,
    );
  t.is(await says('check_firewalld', firewalld('exit 252', 'exit 1')), '0\n', 'it does not run');
  const told = await says('check_firewalld', firewalld('true', 'exit 1'));
  t.regex(told, /^ {2}! firewalld runs: .*\n +firewall-cmd --permanent --zone=trusted --add-interface=wh-local\n/);
  t.regex(told, /--add-port=80\/tcp --add-port=443\/tcp --add-port=10000-20000\/tcp\n.*--reload\n[^]*\n0\n$/);
  t.is(await says('check_firewalld', firewalld('true', 'true')), '  ✔ firewalld leaves wh-local to our rules\n0\n');
});
