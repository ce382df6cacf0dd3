import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/**
 * Ids of the Unix user that a server is to run as: one's own without root, which alone may become another.
 * @throws when there is no such user: the package that brings it is missing.
 */
export function unixUser(name: string): { uid: number; gid: number } {
  const { uid: ownUid, gid: ownGid } = userInfo();
  if (ownUid !== 0) return { uid: ownUid, gid: ownGid };
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) throw new Error(`There is no user '${name}' on this machine. Run scripts/install-packages.sh.`);
  const [, , uid, gid] = line.split(':').map(Number);
  return { uid: uid ?? -1, gid: gid ?? -1 };
}
