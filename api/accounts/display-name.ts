import type { MessageKey } from '../messages.ts';

/** In characters as people count them. */
export const longestDisplayName = 40;

/** Control characters, marks that turn the direction of text, what has no assigned meaning, and letters that show nothing. */
const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u2800]/u;
/** These two belong to the writing of Persian and Indian languages, and to emoji. */
const joiners = /[\u200c\u200d]/g;

/** Letters of other scripts that look like Latin ones, each with the one that it looks like. */
const lookalikes = new Map(
  'аa еe оo рp сc уy хx іi јj ѕs ԁd ӏl кk мm тt нh вb αa εe οo ρp νv τt ιi κk υu'
    .split(' ')
    .map(([one = '', other = '']) => [one, other]),
);

/** Words by which the service and those who run it are called. */
const staffWords = new Set(
  'admin admins administrator operator operators root staff support moderator system sysadmin webmaster webhoster official'.split(
    ' ',
  ),
);
/** Korean words take endings. */
const staffSyllables = /운영자|운영진|운영팀|관리자|관리팀|고객센터|고객지원|시스템관리|웹호스터/;

/** Why nobody may have this name; undefined when it is allowed. It need not be unique. */
export function complaintOfDisplayName(name: string): MessageKey | undefined {
  const { length } = [...name];
  if (length < 1 || length > longestDisplayName) return 'usernameRule';
  if (unseen.test(name.replace(joiners, '')) || !/[\p{L}\p{N}\p{S}]/u.test(name)) return 'usernameRule';
  // The plain space is the only one allowed, and only between words.
  if (/^\s|\s$|[^\S ]/u.test(name)) return 'usernameRule';
  return looksLikeStaff(name) ? 'usernameStaff' : undefined;
}

/** Whether people would take a name for that of the service, or of somebody who runs it. */
export function looksLikeStaff(name: string): boolean {
  const plain = [...name.normalize('NFKC').toLowerCase()].map((letter) => lookalikes.get(letter) ?? letter).join('');
  const bare = plain
    .normalize('NFD')
    .replace(/(?<=[a-z])\p{M}+/gu, '')
    .normalize('NFC');
  const words = bare.split(/[^\p{L}\p{N}]+/u);
  return [...words, words.join('')].some((word) => staffWords.has(asWord(word))) || staffSyllables.test(words.join(''));
}

/** Reads digits as the letters they look like and drops those at the end: `r00t7` is `root`. */
function asWord(word: string): string {
  return word.replace(/\d+$/, '').replaceAll('0', 'o').replaceAll('1', 'i');
}
