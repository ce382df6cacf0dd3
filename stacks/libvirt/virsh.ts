import { CommandError, runCommand } from '../../programs/run-command.ts';
import type { StackError } from '../errors.ts';
import { libvirtError, libvirtUnavailable } from './errors.ts';

const timeout = 20_000;

/** As {@link virshWithin}, for what libvirtd does in 20 s. */
export function virsh(uri: string, ...args: string[]): Promise<string> {
  return virshWithin(timeout, uri, ...args);
}

/**
 * Runs one virsh command.
 * @param timeout milliseconds
 * @returns what it printed.
 * @throws LibvirtUnavailableError when libvirtd cannot be reached or does not answer in time.
 * @throws Error with virsh's own words otherwise, or with how it ended.
 */
export async function virshWithin(timeout: number, uri: string, ...args: string[]): Promise<string> {
  const command = ['virsh', '--quiet', '--connect', uri, ...args];
  try {
    return await runCommand(command, { timeout, env: { LC_ALL: 'C' } });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { ending, reason } = error;
    if (ending.limit !== undefined || /failed to connect|Cannot recv data|End of file/i.test(reason)) {
      throw libvirtUnavailable(error);
    }
    throw new Error(`virsh ${args.join(' ')}: ${reason}`, { cause: error });
  }
}

/** The non-empty lines that a virsh command printed. */
export async function virshLines(uri: string, ...args: string[]): Promise<string[]> {
  const output = await virsh(uri, ...args);
  return output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Version of the libvirtd that answers, e.g. `9.0.0`. */
export async function libvirtVersion(uri: string): Promise<string> {
  const output = await virsh(uri, 'version', '--daemon');
  return /Running against daemon: (\S+)/.exec(output)?.[1] ?? 'unknown';
}

/**
 * What went wrong in a run of the engine, where that was libvirt. Which words the provider has for a connection that is lost
 * depends on what it was doing (`EOF`, `procedure interrupted while awaiting response`, `invalid argument`), so libvirt is asked.
 * @param cause the engine's words, for the log
 */
export async function libvirtErrorOf(uri: string, cause: Error): Promise<StackError | null> {
  const known = libvirtError(cause);
  if (known) return known;
  return libvirtVersion(uri).then(
    () => null,
    () => libvirtUnavailable(cause),
  );
}

/** What confines QEMU's processes beside their Unix user: `apparmor`, `selinux`, or nothing. */
export async function confinement(uri: string): Promise<'apparmor' | 'selinux' | null> {
  const models = [...(await virsh(uri, 'capabilities')).matchAll(/<model>(\w+)<\/model>/g)].map(([, model]) => model);
  return (['apparmor', 'selinux'] as const).find((model) => models.includes(model)) ?? null;
}

/** Names of the volumes in a pool. */
export async function volumeNames(uri: string, pool: string): Promise<string[]> {
  const lines = await virshLines(uri, 'vol-list', '--pool', pool);
  return lines.map((line) => line.split(/\s+/)[0] ?? '');
}
