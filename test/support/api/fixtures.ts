import { hashPassword } from '../../../api/accounts/passwords.ts';

/** A password of an account, and its hash, which takes a moment to make. */
export const password = 'secure123';
export const passwordHash = await hashPassword(password);

/** An SSH key, and the same with a comment, as it stands in a person’s file. */
export const publicKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbn6zVTWwmJdVN4ipbi0trLbdKE9rShxUZMmdhhP5Mn';
export const key = `${publicKey} me@laptop`;
