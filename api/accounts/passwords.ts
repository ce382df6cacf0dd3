import { createHash, randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { compare, hash } from 'bcrypt';
import { runCommand } from '../../programs/run-command.ts';
import { Turns } from './turns.ts';

/** 100 ms of one core, in a thread of its own. */
const cost = 11;

/** One core is left for everything else, and of Node's four threads one too, as others wait for these. */
const atATime = Math.max(1, Math.min(availableParallelism() - 1, 3));
/** Nobody waits for longer than about ten seconds. */
const turns = new Turns({ atATime, mostWaiting: 100 * atATime });

/** bcrypt reads 72 bytes and no further; a digest of the whole password fits into them. */
function digest(password: string): string {
  return createHash('sha256').update(password.normalize('NFC')).digest('base64');
}

/** @throws AppError `TOO_BUSY` */
export function hashPassword(password: string): Promise<string> {
  return turns.take(() => hash(digest(password), cost));
}

/** A hash that no password has, so that an unknown email takes as long as a known one. */
const unknownUserHash = hash(digest(''), cost).then((value) => value.slice(0, -31) + '.'.repeat(31));

/** Whether this is the password; takes the same time where there is no hash. @throws AppError `TOO_BUSY` */
export async function verifyPassword(password: string, passwordHash: string | null): Promise<boolean> {
  const known = passwordHash ?? (await unknownUserHash);
  const matches = await turns.take(() => compare(digest(password), known));
  return matches && passwordHash !== null;
}

// Without letters and digits that look alike: people type these.
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const length = 23;

export interface OneTimePassword {
  password: string;
  /** crypt(3) SHA-512 hash, the form that a guest takes. */
  hash: string;
}

/** A password for a new machine, of 133 bits. The hash goes on; the password is only told to its user, once. */
export async function makeOneTimePassword(): Promise<OneTimePassword> {
  const password = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
  return { password, hash: await cryptHash(password) };
}

/** In a process of its own, which the password reaches through a pipe: the hash takes longer than a request may block others. */
async function cryptHash(password: string): Promise<string> {
  const printed = await runCommand(['openssl', 'passwd', '-6', '-stdin'], { input: password, timeout: 10_000 });
  return printed.trim();
}
