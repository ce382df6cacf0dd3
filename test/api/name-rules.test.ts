// What people and their sites may be called.
import test from 'ava';
import { complaintOfDisplayName } from '../../api/accounts/display-name.ts';
import {
  complaintOfSiteName,
  readableSiteName,
  siteNameLabel,
  siteNameRules,
  suggestSiteNames,
} from '../../api/accounts/site-name-rules.ts';

const good = [
  '김민수',
  '김 민수',
  'Ada Lovelace',
  'José',
  '李小龍',
  'Ольга',
  'محمد',
  'x',
  '7',
  'O’Brien-Smith',
  '🐶 cat',
  'Badminton',
  '<b>',
  'می‌خواهم',
];
const bad = {
  nothing: '',
  'a space before': ' a',
  'a space after': 'a ',
  'a space alone': ' ',
  'another space': 'a\u00a0b',
  'a line break': 'a\nb',
  NUL: 'a\u0000',
  'what turns the direction': 'a\u202eb',
  'an isolate': 'a\u2067b',
  'a mark of direction': 'a\u200fb',
  'a space of no width': 'a\u200bb',
  'a filler alone': '\u3164',
  'a joiner alone': '\u200d',
  'punctuation alone': '...',
  '41 characters': 'x'.repeat(41),
  'a surrogate': 'half\udc00',
};
for (const name of good) test(`one may be called ${name}`, (t) => t.is(complaintOfDisplayName(name), undefined));
for (const [what, name] of Object.entries(bad))
  test(`one may not be called: ${what}`, (t) => t.is(complaintOfDisplayName(name), 'usernameRule'));
for (const name of [
  'admin',
  'Root',
  'аdmin',
  'ADMIN7',
  'adm1n',
  'r00t',
  'a d m i n',
  'Webhoster Support',
  '운영자',
  '웹호스팅 관리자입니다',
  'ａｄｍｉｎ',
  'ádmin',
])
  test(`people would take for staff: ${name}`, (t) => t.is(complaintOfDisplayName(name), 'usernameStaff'));

const nfd = (text: string) => text.normalize('NFD');
const states: Record<string, ReturnType<typeof complaintOfSiteName>> = {
  gildong: undefined,
  'gil-dong-2': undefined,
  '3d-club': undefined,
  abc: undefined,
  ['a'.repeat(32)]: undefined,
  ab: 'invalid',
  ['a'.repeat(33)]: 'invalid',
  Gildong: 'invalid',
  길동: undefined,
  홍길동: undefined,
  [nfd('홍길동')]: undefined,
  '홍-길동2': undefined,
  '1반': undefined,
  김minsu: undefined,
  ['힣'.repeat(16)]: undefined,
  'xn--99999999': 'invalid',
  'xn--wk0bu0i737a': undefined,
  김: 'invalid',
  ['가'.repeat(17)]: 'invalid',
  '가--나': 'invalid',
  '-가나': 'invalid',
  김_민수: 'invalid',
  홍길동님ㅋㅋ: 'invalid',
  '홍길동。': 'invalid',
  '홍\u200d길동': 'invalid',
  洪길동: 'invalid',
  홍gіldong: 'invalid',
  홍Gil: 'invalid',
  ﾡﾢ가: 'invalid',
  ['xn--' + 'a'.repeat(100_000)]: 'invalid',
  'xn--': 'invalid',
  'xn--gildong-': 'invalid',
  'xn--80ak6aa92e': 'invalid',
  'XN--WK0BU0I737A': 'invalid',
  관리자: 'reserved',
  '홍길동-운영자': 'reserved',
  로그인: 'reserved',
  '로그인-2': 'reserved',
  공지사항: 'reserved',
  gil_dong: 'invalid',
  'gil dong': 'invalid',
  '-abc': 'invalid',
  'abc-': 'invalid',
  'a--b': 'invalid',
  'xn--abc': 'invalid',
  '12345': 'invalid',
  '1-2-3': 'invalid',
  'abc.de': 'invalid',
  www: 'reserved',
  www2: 'reserved',
  api: 'reserved',
  admin: 'reserved',
  adm1n: 'reserved',
  'admin-7': 'reserved',
  r00t: 'reserved',
  rnail: 'reserved',
  'post-master': 'reserved',
  autodiscover: 'reserved',
  'user-7': 'reserved',
  'user-lo': 'reserved',
  'user-2이': 'reserved',
  user이: 'reserved',
  cons이e: 'reserved',
  'xn--ok0bt1b': undefined,
  'xn--ok0bt1b/abc': 'invalid',
  'xn--ok0bt1b?x': 'invalid',
  'xn--ok0bt1b#x': 'invalid',
  'xn--ok0bt1b\\x': 'invalid',
  'xn--ok0bt1b\t': 'invalid',
  'xn--ok0bt1%62': 'invalid',
  사이트: 'reserved',
  웹사이트: 'reserved',
  '웹-사이트2': 'reserved',
  계정: 'reserved',
  이메일: 'reserved',
  콘솔: 'reserved',
  '사용자-7': 'reserved',
};
for (const [name, state] of Object.entries(states))
  test(`as a site name ${name.slice(0, 40)} is ${state ?? 'good'}`, (t) => t.is(complaintOfSiteName(name), state));

test('what is endless is judged at once', (t) => {
  const begun = performance.now();
  t.is(complaintOfSiteName('1'.repeat(100_000)), 'invalid');
  t.is(complaintOfSiteName(`${'1'.repeat(31)}!`), 'invalid');
  t.true(performance.now() - begun < 1_000);
});

test('what is suggested may be had', (t) => {
  const suggested = (...called: string[]) => suggestSiteNames(...called).map(readableSiteName);
  t.deepEqual(suggested('김민수', 'minsu').slice(0, 3), ['김민수', 'minsu', '김민수-2']);
  t.is(suggested(nfd('김 민수'))[0], '김-민수');
  t.is(suggested('김'.repeat(40))[0], '김'.repeat(14));
  t.is(suggested('Ångström Łódź')[0], 'angstrom-lodz');
  t.deepEqual(suggestSiteNames('李', '7'), []);
  t.is(suggestSiteNames('mail')[0], undefined);
  for (const name of suggestSiteNames('x'.repeat(60), 'a.b+c')) t.is(complaintOfSiteName(name), undefined, name);
});

test('the longest name has a label of 63 octets at most', (t) => {
  // Found by looking for the longest, with ten million tries.
  const name = '꼪쨐헠궙징얆뀁뼭뺐쵨갢헣롮뢮씒흱';
  t.is(name.length, siteNameRules.hangul.most);
  t.is(siteNameLabel(name)?.length, 60);
});
