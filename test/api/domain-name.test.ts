// What may be called a domain, however it is written; and what is refused, with what to do instead.
import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { serviceHosts } from '../../api/config/sites.ts';
import { asciiName, isApex, readDomain, unicodeName } from '../../api/domains/domain-name.ts';
import { isMessageKey, messages } from '../../api/messages.ts';

const service = ['host.company.kr', 'sites.host-company.org'];

const longName = `${`${'a'.repeat(61)}.`.repeat(4)}a.com`;

const good: Record<string, string> = {
  'shop.mycompany.com': 'shop.mycompany.com',
  'mycompany.com': 'mycompany.com',
  '  Shop.MyCompany.COM  ': 'shop.mycompany.com',
  'mycompany.com.': 'mycompany.com',
  '한글.kr': 'xn--bj0bj06e.kr',
  '한글。kr': 'xn--bj0bj06e.kr',
  'xn--bj0bj06e.kr': 'xn--bj0bj06e.kr',
  'XN--BJ0BJ06E.kr': 'xn--bj0bj06e.kr',
  'faß.de': 'xn--fa-hia.de',
  'ｓｈｏｐ.com': 'shop.com',
  'MÜNCHEN.de': 'xn--mnchen-3ya.de',
  'mu\u0308nchen.de': 'xn--mnchen-3ya.de',
  '💩.la': 'xn--ls8h.la',
  'a--b.com': 'a--b.com',
  'r3---sn.com': 'r3---sn.com',
  '1.2.3.4.com': '1.2.3.4.com',
  '7.com': '7.com',
  'me.github.io': 'me.github.io',
  'shop.co.uk': 'shop.co.uk',
  'city.kobe.jp': 'city.kobe.jp',
  'shop.firma': 'shop.firma',
  'other.company.kr': 'other.company.kr',
  'myhost.company.kr': 'myhost.company.kr',
  'notlocalhost.com': 'notlocalhost.com',
  'localhost.com': 'localhost.com',
  [`${'a'.repeat(63)}.com`]: `${'a'.repeat(63)}.com`,
  [longName.slice(-240)]: longName.slice(-240),
};
for (const [typed, name] of Object.entries(good))
  test(`a domain: ${JSON.stringify(typed)}`, (t) => t.deepEqual(readDomain(typed, service), { name }));

const bad: Record<string, string[]> = {
  domainRule: [
    '',
    ' ',
    '.',
    '..',
    '.com',
    'a..com',
    'a.com..',
    '-a.com',
    'a-.com',
    'a_b.com',
    '_dmarc.a.com',
    'a b.com',
    'a\tb.com',
    'a\nb.com',
    'a.com\u0000',
    'a\u00a0b.com',
    'a!b.com',
    'a,b.com',
    'a.com;',
    '<b>.com',
    'a｜b.com',
    'half\ud800.com',
    'xn--a.com',
    'xn--.com',
    'xn--abc-.com',
    // What is no letter of IDNA's, or an invisible one out of its place.
    'ex\u200dam.com',
    'a\u202eb.com',
    'a\ufffdb.com',
    '\u0301a.com',
    // What looks like an address at its end, and is none.
    'x.123',
    'x.0x1',
    'a／b.com',
    'a：80.com',
    '℀.com',
    'a％2fb.com',
  ],
  domainAlone: [
    'http://shop.com',
    'shop.com/',
    'shop.com/path',
    'shop.com:80',
    'shop.com?x=1',
    'shop.com#x',
    'me@shop.com',
    'shop.com\\x',
    'ex%41mple.com',
    '[shop.com]',
    'shop.com:',
    '//shop.com',
  ],
  domainWildcard: ['*.shop.com', '*', 'a.*.com', 'http://*.shop.com'],
  domainAddress: [
    '127.0.0.1',
    '1.2.3',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '::1',
    '[::1]',
    '１２７.0.0.1',
    '①②⑦.⓪.⓪.①',
  ],
  domainLong: [`${'a'.repeat(64)}.com`, `${'가'.repeat(60)}.com`, longName.slice(-241)],
  domainSingleLabel: ['shop', 'com', 'kr', '한국'],
  domainPublicSuffix: [
    'co.uk',
    'co.kr',
    'github.io',
    'GitHub.io.',
    'x.ck',
    'c.kobe.jp',
    's3.amazonaws.com',
    '公司.cn',
    'blogspot.com',
  ],
  domainSpecialUse: [
    'localhost',
    'a.localhost',
    'printer.local',
    'x.internal',
    'x.test',
    'example.com',
    'www.example.org',
    'x.example',
    'x.invalid',
    'x.onion',
    '1.0.0.127.in-addr.arpa',
    'x.home.arpa',
    'router.lan',
    'x.corp',
  ],
  domainOfService: [
    'host.company.kr',
    'HOST.company.kr.',
    'x.host.company.kr',
    'company.kr',
    'sites.host-company.org',
    'gildong.sites.host-company.org',
    'a.b.sites.host-company.org',
    'host-company.org',
  ],
};
for (const [complaint, names] of Object.entries(bad))
  test(`no domain: ${complaint}`, (t) => {
    for (const typed of names) t.deepEqual(readDomain(typed, service), { complaint } as object, JSON.stringify(typed));
  });

test('every complaint says what to do, in both languages', (t) => {
  for (const complaint of Object.keys(bad)) {
    if (!isMessageKey(complaint)) return t.fail(complaint);
    t.regex(messages[complaint].ko, /[가-힣].*(세요|입니다).*/);
    t.regex(messages[complaint].en, /\b(Write|Add|may have)\b/);
  }
});

/** What names are made of that means something, or is taken for something else. */
const traps =
  `. 。 - xn-- * : / %2e @ \u00ad \u200d \u202e １ ß İ 가 с ا א 💩 0x7f com co.uk github.io localhost company.kr host
  127.0.0.1 [::1]`.split(/\s+/);

test('whatever is written: a name of letters, digits and dashes, read again as itself, or a complaint', (t) => {
  const pieces = fc.constantFrom(...traps, ' ', '\u0000', '\ud800');
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.domain(),
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 12 }).map((parts) => parts.join('')),
  );
  const property = fc.property(texts, (text) => {
    const { name, complaint } = readDomain(text, service);
    if (complaint) return isMessageKey(complaint);
    const labels = name.split('.');
    return (
      labels.length > 1 &&
      name.length <= 240 &&
      labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
      !isIP(name) &&
      !service.some((host) => name === host || name.endsWith(`.${host}`)) &&
      readDomain(name, service).name === name &&
      readDomain(unicodeName(name), service).name === name &&
      asciiName(text) === name
    );
  });
  t.notThrows(() => fc.assert(property, { numRuns: 20_000, seed: 13 }));
});

test('what is endless is judged at once', (t) => {
  const begun = performance.now();
  for (const text of ['a.'.repeat(50_000), '-'.repeat(100_000), '가'.repeat(10_000), 'xn--'.repeat(20_000)])
    t.truthy(readDomain(text, service).complaint);
  t.true(performance.now() - begun < 1_000);
});

test('as people read it', (t) => {
  t.is(unicodeName('xn--bj0bj06e.kr'), '한글.kr');
  t.is(unicodeName('shop.com'), 'shop.com');
});

test('which domains cannot have a CNAME', (t) => {
  for (const name of ['shop.com', 'shop.co.uk', 'me.github.io', 'shop.firma']) t.true(isApex(name), name);
  for (const name of ['www.shop.com', 'a.shop.co.uk', 'a.b.shop.firma']) t.false(isApex(name), name);
});

test('which names are the service’s', (t) => {
  const of = (PUBLIC_URL: string, SITES_DOMAIN?: string) => serviceHosts({ PUBLIC_URL, SITES_DOMAIN });
  t.deepEqual(of('http://localhost:8080'), ['localhost', 'localhost']);
  t.deepEqual(of('https://host.company.kr', 'off'), ['host.company.kr']);
  t.deepEqual(of('https://host.company.kr', 'sites.kr'), ['host.company.kr', 'sites.kr']);
  t.is(readDomain('shop.com', of('http://192.0.2.7')).name, 'shop.com');
});
