import { renderWelcome } from '../templates/welcome.ts';

/** HTML of the first page of a machine, which names its owner; empty where it has none. */
export function firstPage({ username, vmId }: { username: string | null; vmId: string }): string {
  return username === null ? '' : renderWelcome({ username, vmId });
}
