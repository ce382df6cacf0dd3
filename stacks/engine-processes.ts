import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which every process of a stack's engine, its plugins and theirs included, is known. */
export const engineMark = 'WEBHOSTER_ENGINE';

/**
 * Ends what is left of an engine. Plugins outlive one that was killed, and may keep libvirt busy or go on with what they
 * were told; whoever calls has the claim on the stack.
 */
export function endEngine(id: string): void {
  const mark = `${engineMark}=${id}`;
  for (const pid of readdirSync('/proc').map(Number)) {
    if (pid > 0 && pid !== process.pid && environmentOf(pid).includes(mark)) process.kill(pid, 'SIGKILL');
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    // It ended while we looked, or is not ours to look at.
    return [];
  }
}
