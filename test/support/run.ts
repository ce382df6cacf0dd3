import { execa, type Options } from 'execa';

type RunOptions = Pick<Options, 'cancelSignal' | 'cwd' | 'env' | 'extendEnv' | 'input' | 'reject' | 'timeout'>;

/** Runs a program to its end, by default within a minute. @throws with its output when it fails, unless it is not to `reject` */
export function run(program: string, args: string[], options: RunOptions = {}) {
  return execa(program, args, { timeout: 60_000, stripFinalNewline: false, ...options });
}

/** Asks the machine's libvirtd. */
export async function virsh(...args: string[]): Promise<string> {
  const { stdout } = await run('virsh', ['--quiet', '--connect', 'qemu:///system', ...args], { timeout: 30_000 });
  return stdout;
}

/** Runs a script as an operator does, who has nothing in the environment but where the installation is. */
export async function runAsOperator({ directory }: { directory: string }, script: string, args: string[] = []) {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, WEBHOSTER_DATA_DIR: directory };
  return run(script, args, { env, extendEnv: false, timeout: 300_000 });
}
