import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { run } from '../support/run.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = join(import.meta.dirname, '../..');
const variables = {
  COMPOSE_PROJECT_NAME: 'webhoster-none-such',
  NODE_NAME: 'local',
  VM_NETWORK: '192.168.122.0/24',
  DOCKER_SUBNET: '172.20.0.0/16',
  VM_NAMESERVERS: '192.0.2.53',
  HTTP_PORT: '80',
  HTTPS_PORT: '443',
  HTTPS_REDIRECT: 'off',
  API_PORT: '8000',
  PUBLIC_URL: 'http://localhost',
  SSH_PORT_FIRST: '10000',
  SSH_PORT_LAST: '20000',
  WEBHOSTER_DATA_DIR: '/var/lib/webhoster-none-such',
  WEBHOSTER_CACHE_DIR: '/var/cache/webhoster-none-such',
};

export interface Circumstances {
  environment?: NodeJS.ProcessEnv;
  /** What is done before, in a namespace of its own for mounts, networks, names and processes. */
  preparation?: string;
  /** The checkout; by default this one. */
  checkout?: string;
}

const path = process.env['PATH'] ?? '';

/** What a function of the preflight says, and at last how many things it finds that must be put right first. */
export async function says(name: string, circumstances: Circumstances = {}): Promise<string> {
  const { environment = {}, preparation = 'true', checkout = root } = circumstances;
  const script = `export parts='set -euo pipefail
    . scripts/lib/domain-type.sh
    . scripts/lib/packages.sh
    for part in lib preflight host install configuration images; do . scripts/docker/$part.sh; done'
    eval "$parts"
    ip link set lo up
    ${preparation}
    ${name}
    echo "\${#problems[@]}"`;
  const namespaces = ['--mount', '--net', '--uts', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const { stdout } = await run('unshare', [...namespaces, 'bash', '-c', script, 'docker-start.sh'], {
    cwd: root,
    timeout: 180_000,
    extendEnv: false,
    env: { PATH: path, HOME: process.env['HOME'], ROOT: checkout, ...variables, ...environment },
  });
  return stdout;
}

/** Puts a program into a folder, which then is the first on the path. */
export function withProgram(t: ExecutionContext, name: string, script: string): { PATH: string } {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: [folder, path].join(delimiter) };
}

/** A folder with what is looked at in a checkout. */
export function makeCheckout(t: ExecutionContext, files: string[] = []): string {
  const folder = temporaryFolder(t);
  for (const part of ['api', 'images', 'programs', 'scripts', 'stacks', 'templates']) mkdirSync(join(folder, part));
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'Pulumi.yaml', ...files]) {
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

/** What is changed below a folder is changed for the test alone. */
export const apart = (folder: string) => `
  mountpoint -q /opt || mount -t tmpfs none /opt
  mkdir -p /opt${folder}/{above,work}
  mount -t overlay -o lowerdir=${folder},upperdir=/opt${folder}/above,workdir=/opt${folder}/work none ${folder}
  `;

/** Begins a real Docker engine, with its folders below one of the test's, until the shell ends. */
export const startDocker = (folder: string, options: string) => `
  chmod o+x ${folder}
  dockerd ${options} --host unix://${folder}/socket --data-root ${folder}/data --exec-root ${folder}/exec \
    --pidfile ${folder}/pid >${folder}/log 2>&1 &
  trap "kill $!; wait" EXIT
  export DOCKER_HOST=unix://${folder}/socket
  for ((try = 0; try < 200; try++)); do ! docker_runs || break; sleep 0.2; done
  docker_runs || { cat ${folder}/log; exit 1; }`;

/** Programs that listen: `listen NAME PORT…` begins one of a name, and waits until it does. */
export const listen = (folder: string) => `listen() {
    ln -sf /usr/bin/perl ${folder}/$1
    ${folder}/$1 -MIO::Socket::INET -e 'push @all, IO::Socket::INET->new(LocalPort => $_, Listen => 1) for @ARGV; sleep' "\${@:2}" &
    until_it_listens "\${!#}"
  }
  until_it_listens() {
    for ((try = 0; try < 100; try++)); do [[ ! $(listeners | grep " $1$") ]] || return 0; sleep 0.1; done
    exit 1
  }
  `;
