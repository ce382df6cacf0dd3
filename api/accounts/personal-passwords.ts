import { ValidationError } from '../errors.ts';
import { type Language, translate } from '../messages.ts';

const serviceName = 'webhoster';
/** Shorter words are in many passwords by chance. */
const shortestWord = 4;

interface Choice {
  password: string;
  /** Where it stands in the request. */
  path: string;
  /** Whose it is to be. */
  user: { email: string; names: string[] };
  publicUrl: string;
  language: Language;
}

/** Refuses passwords with what a guesser knows of this user and this service in them. @throws ValidationError */
export function assertNotPersonal({ password, path, user, publicUrl, language }: Choice): void {
  const [localPart = ''] = user.email.split('@');
  const names = user.names.flatMap((name) => [name, ...name.split(/\s+/)]);
  const words = [...names, localPart, new URL(publicUrl).hostname, serviceName].map(comparable);
  const text = comparable(password);
  if (words.some((word) => word.length >= shortestWord && text.includes(word)))
    throw new ValidationError([{ path, message: translate('passwordPersonal', language) }]);
}

function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
