import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { run } from '../run.ts';

const options = [
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-o',
  'ConnectTimeout=20',
];

/** Makes an SSH key in `directory`. */
export function makeKey(directory: string, name = 'key'): { file: string; publicKey: string } {
  const file = join(directory, name);
  execaSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'me@laptop', '-f', file], { timeout: 60_000 });
  return { file, publicKey: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/** What a user has: an SSH key's file, or a password; and who they say they are, `ubuntu` by default. */
export type Credential = ({ key: string } | { password: string }) & { user?: string };

/** Runs a command on a guest with the ssh that users have. @returns its output */
export async function ssh(port: number, credential: Credential, command: string): Promise<string> {
  const { user = 'ubuntu' } = credential;
  const { stdout } = await client('ssh', ['-p', String(port)], credential, [`${user}@localhost`, command]);
  return stdout;
}

/** Runs a shell script on a guest as its root. @returns its output. @throws with that when a command in it fails */
export async function asRoot(port: number, credential: Credential, script: string): Promise<string> {
  const encoded = Buffer.from(`set -euo pipefail\n${script}`).toString('base64');
  return ssh(port, credential, `echo ${encoded} | base64 -d | sudo bash`);
}

/** The methods by which a guest says that one may log in, e.g. `publickey,password`. */
export async function loginMethods(port: number): Promise<string | undefined> {
  const login = ['-p', String(port), '-o', 'PreferredAuthentications=none', 'ubuntu@localhost'];
  const { stderr } = await run('ssh', [...options, ...login], { timeout: 240_000, reject: false });
  return /Permission denied \((.*)\)/.exec(stderr)?.[1];
}

/** Runs one sftp command, e.g. `put index.html /var/www/html/`. */
export async function sftp(port: number, credential: Credential, command: string, directory: string): Promise<void> {
  const batch = ['-c', 'cd "$1" && shift && echo "$1" | { shift; "$@"; }', 'sh', directory, command];
  const program = ['sftp', ...options, ...authentication(credential), '-P', String(port), 'ubuntu@localhost'];
  await run('sh', [...batch, ...withPassword(credential, program)], { timeout: 240_000 });
}

function client(name: string, port: string[], credential: Credential, rest: string[]) {
  const [command = '', ...args] = withPassword(credential, [
    name,
    ...options,
    ...authentication(credential),
    ...port,
    ...rest,
  ]);
  return run(command, args, { timeout: 240_000 });
}

function authentication(credential: Credential): string[] {
  return 'key' in credential ? ['-i', credential.key, '-o', 'BatchMode=yes'] : ['-o', 'PubkeyAuthentication=no'];
}

function withPassword(credential: Credential, command: string[]): string[] {
  return 'key' in credential ? command : ['sshpass', '-p', credential.password, ...command];
}
