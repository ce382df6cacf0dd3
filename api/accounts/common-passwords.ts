import { dictionary } from '@zxcvbn-ts/language-common';

/** Those of the list that are long enough to be anybody's, in lower case. */
const common = new Set(dictionary['passwords-common'].filter((password) => password.length >= 8));

/** Whether so many people have this password that it is among the first that are tried, in whatever case. */
export function isCommonPassword(password: string): boolean {
  return common.has(password.normalize('NFC').toLowerCase());
}
