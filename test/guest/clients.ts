// Programs and libraries by which people reach their machines over SSH, from the last five years, as a registry or Debian has
// them. Each sends a file; where its protocol is for commands too, it also runs one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { run } from '../support/run.ts';

/** Where a client is to go, as whom, and what it brings. */
export interface Errand {
  port: number;
  password: string;
  /** File of a private key that opens the same account. */
  key: string;
  /** The server's key, as `SHA256:…`. */
  fingerprint: string;
  /** A folder of its own. */
  directory: string;
  /** The file to send, and where to. */
  file: string;
  target: string;
}

const host = '127.0.0.1';
const user = 'ubuntu';
const here = join(import.meta.dirname, 'clients');
const scripts = join(import.meta.dirname, '../../scripts/quality');
const folders = new Map<string, Promise<string>>();

/** Runs one of the scripts that install clients, once. @returns the folder of what it installed */
function installed(script: string, ...args: string[]): Promise<string> {
  const command = [script, ...args].join(' ');
  const folder =
    folders.get(command) ?? run(join(scripts, script), args, { timeout: 280_000 }).then(({ stdout }) => stdout.trim());
  folders.set(command, folder);
  return folder;
}

/** A program of ours around a library, which takes all in this order. */
const around = async (program: string[], { port, password, file, target }: Errand) => {
  const [command = '', ...args] = [...program, host, String(port), user, password, file, target];
  await run(command, args);
};
const python = (tools: string, script: string) => async (errand: Errand) =>
  around([join(await installed('install-python-tool.sh', tools), 'python'), join(here, script)], errand);
const jsch = (version: string) => async (errand: Errand) => {
  const jar = join(await installed('ssh-clients.sh'), `jsch-${version}.jar`);
  await around(['java', '-cp', jar, join(here, 'JschClient.java')], errand);
};

const trusting = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR', 'BatchMode=yes'];
const openssh = ({ port, key }: Errand, ...more: string[]) =>
  [`Port=${port}`, `IdentityFile=${key}`, ...trusting, ...more].flatMap((option) => ['-o', option]);
const sftp =
  (...options: string[]) =>
  async (errand: Errand) => {
    const input = `put ${errand.file} ${errand.target}\n`;
    await run('sftp', [...openssh(errand, ...options), '-b', '-', `${user}@${host}`], { input });
  };
/** PuTTY's programs, which ask for nothing. */
const putty = ({ port, password, fingerprint }: Errand) => [
  '-batch',
  '-P',
  String(port),
  '-l',
  user,
  '-pw',
  password,
  '-hostkey',
  fingerprint,
];

async function npmSsh2({ port, password, file, target }: Errand): Promise<void> {
  const client = new Client();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.on('error', reject);
  client.on('ready', () =>
    client.sftp((error, session) => {
      if (error) return reject(error);
      session.fastPut(file, target, (failure) => (failure ? reject(failure) : resolve()));
    }),
  );
  client.connect({ host, port, username: user, password, readyTimeout: 60_000 });
  await promise.finally(() => client.end());
}

async function ansible(errand: Errand): Promise<void> {
  const { port, key, directory, file, target } = errand;
  const variables = { ansible_port: port, ansible_user: user, ansible_ssh_private_key_file: key };
  const inventory = ['all', '-i', `${host},`, '-e', JSON.stringify(variables)];
  const env = { ANSIBLE_HOST_KEY_CHECKING: 'False', ANSIBLE_LOCAL_TEMP: directory, HOME: directory };
  await run('ansible', [...inventory, '-m', 'copy', '-a', `src=${file} dest=${target}`], { env });
}

async function sshfs(errand: Errand): Promise<void> {
  const { directory, file, target } = errand;
  const folder = join(directory, 'mounted');
  mkdirSync(folder);
  await run('sshfs', [`${user}@${host}:/`, folder, ...openssh(errand)]);
  try {
    await run('cp', [file, join(folder, target)]);
  } finally {
    await run('fusermount3', ['-u', folder]);
  }
}

async function dropbear({ port, password, file, target, directory }: Errand): Promise<void> {
  const login = ['-y', '-y', '-p', String(port), `${user}@${host}`, `cat >${target}`];
  const env = { DROPBEAR_PASSWORD: password, HOME: directory };
  await run('sh', ['-c', 'file=$1; shift; exec dbclient "$@" <"$file"', 'sh', file, ...login], { env });
}

async function psftp(errand: Errand): Promise<void> {
  const { directory, file, target } = errand;
  const batch = join(directory, 'batch');
  writeFileSync(batch, `put ${file} ${target}\n`);
  await run('psftp', [...putty(errand), '-b', batch, host]);
}

export const clients: Record<string, (errand: Errand) => Promise<void>> = {
  'paramiko 2.11': python('paramiko-2.11', 'paramiko_client.py'),
  'paramiko, newest': python('ssh-clients', 'paramiko_client.py'),
  AsyncSSH: python('ssh-clients', 'asyncssh_client.py'),
  'phpseclib 3': (errand) => around(['php', join(here, 'phpseclib_client.php')], errand),
  'JSch 0.1.61': jsch('0.1.61'),
  'JSch, newest': jsch('2.28.8'),
  'ssh2 of npm': npmSsh2,
  'x/crypto/ssh of Go': async (errand) => around([join(await installed('ssh-clients.sh'), 'go-client')], errand),
  'libssh2 in curl': async ({ port, password, file, target }) => {
    const upload = ['--insecure', '--user', `${user}:${password}`, '--upload-file', file];
    await run('curl', ['--silent', '--show-error', ...upload, `sftp://${host}:${port}${target}`]);
  },
  plink: async (errand) => {
    const copy = ['-c', 'file=$1; shift; exec plink "$@" <"$file"', 'sh', errand.file];
    await run('sh', [...copy, ...putty(errand), host, `cat >${errand.target}`]);
  },
  psftp,
  rclone: async ({ port, key, file, target, directory }) => {
    const remote = `:sftp,host=${host},port=${port},user=${user},key_file=${key}:${target}`;
    await run('rclone', ['copyto', file, remote], { env: { HOME: directory } });
  },
  lftp: async (errand) => {
    const { port, file, target, directory } = errand;
    const program = ['ssh', '-a', '-x', ...openssh(errand)].join(' ');
    const commands = `set sftp:connect-program "${program}"; set net:max-retries 1; put ${file} -o ${target}`;
    await run('lftp', ['-u', `${user},`, '-e', `${commands}; bye`, `sftp://${host}:${port}`], {
      env: { HOME: directory },
    });
  },
  sshfs,
  ansible,
  Dropbear: dropbear,
  'rsync, with OpenSSH': async (errand) => {
    await run('rsync', [
      '--rsh',
      ['ssh', ...openssh(errand)].join(' '),
      errand.file,
      `${user}@${host}:${errand.target}`,
    ]);
  },
  OpenSSH: sftp(),
  'OpenSSH with the first name of curve25519': sftp('KexAlgorithms=curve25519-sha256@libssh.org'),
  'OpenSSH with AES-256-CTR': sftp('Ciphers=aes256-ctr', 'MACs=hmac-sha2-256'),
};
