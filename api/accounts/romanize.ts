// Hangul in Latin letters, syllable by syllable (Revised Romanization, without what changes between syllables).
const initials = ['g', 'kk', 'n', 'd', 'tt', 'r', 'm', 'b', 'pp', 's', 'ss', '', 'j', 'jj', 'ch', 'k', 't', 'p', 'h'];
const vowels = 'a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i'.split(' ');
const finals = ',k,k,k,n,n,n,t,l,k,m,l,l,l,p,l,m,p,p,t,t,ng,t,t,k,t,p,t'.split(',');

const firstSyllable = 0xac00;

/** Letters that are no letter with a mark. */
const others: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

function romanizeSyllable(syllable: string): string {
  const index = syllable.charCodeAt(0) - firstSyllable;
  const [initial, rest] = [
    Math.floor(index / (vowels.length * finals.length)),
    index % (vowels.length * finals.length),
  ];
  const [vowel, final] = [Math.floor(rest / finals.length), rest % finals.length];
  return `${initials[initial]}${vowels[vowel]}${finals[final]}`;
}

/** Text in lower case, with Hangul and accented letters in plain Latin ones; other scripts stay as they are. */
export function romanize(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[가-힣]/g, romanizeSyllable)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => others[letter] ?? letter);
}
