import { execFile, type ExecFileOptionsWithStringEncoding } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Runs a program to its end, by default within a minute. @throws with its output when it fails */
export function run(program: string, args: string[], options: Partial<ExecFileOptionsWithStringEncoding> = {}) {
  return execute(program, args, { timeout: 60_000, encoding: 'utf8', ...options });
}

/** Asks the machine's libvirtd. */
export async function virsh(...args: string[]): Promise<string> {
  const { stdout } = await run('virsh', ['--quiet', '--connect', 'qemu:///system', ...args], { timeout: 30_000 });
  return stdout;
}

/** Runs a script as an operator does, who has nothing in the environment but where the installation is. */
export async function runAsOperator({ directory }: { directory: string }, script: string, args: string[] = []) {
  const { PATH, HOME } = process.env;
  return run(script, args, { env: { PATH, HOME, WEBHOSTER_DATA_DIR: directory }, timeout: 300_000 });
}
