import sshpk from 'sshpk';

/** How many keys a machine may have. */
export const maximumKeys = 20;
/** In characters. */
export const longestKeyName = 64;

export interface KeyDescription {
  /** As `ssh-keygen -l` prints it, e.g. `SHA256:…`. */
  fingerprint: string;
  /** Its comment, mostly `person@machine`. */
  name: string;
}

/** @param publicKey one line that was found to be a key */
export function describeKey(publicKey: string): KeyDescription {
  const [type = '', blob = '', ...comment] = publicKey.split(' ');
  const fingerprint = sshpk.parseKey(`${type} ${blob}`, 'ssh').fingerprint('sha256').toString();
  return { fingerprint, name: [...comment.join(' ')].slice(0, longestKeyName).join('') || type };
}
