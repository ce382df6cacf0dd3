import type { SshKey } from '../../models/ssh-key.ts';

export function presentSshKey(key: SshKey) {
  const { id, name, publicKey, fingerprint, state } = key;
  return { id, name, public_key: publicKey, fingerprint, state, created_at: key.createdAt.toISOString() };
}
