import { domainToASCII, domainToUnicode } from 'node:url';
import { looksLikeStaff } from './display-name.ts';

/**
 * Lower case, digits and single dashes within, of Latin letters or with Hangul syllables; a letter at least: a number is a
 * user's id. Linear in time, whatever it is given. The longest label of so many syllables that a search found has 60 octets;
 * one of more than 63 (RFC 1035, 2.3.4) would be refused.
 */
export const siteNameRules = {
  latin: { least: 3, most: 32, pattern: '^(?:[0-9]-?)*[a-z](?:-?[a-z0-9])*$' },
  hangul: { least: 2, most: 16, pattern: '^(?:[a-z0-9]-?)*[가-힣](?:-?[a-z0-9가-힣])*$' },
} as const;
const rules = Object.values(siteNameRules).map(({ pattern, ...length }) => ({
  ...length,
  pattern: new RegExp(pattern),
}));
const inHangul = /[가-힣]/;
const longestLabel = 63;

/** What begins the labels of hosts that stand for other scripts (RFC 5890, 2.3.2.1). */
const encoded = 'xn--';

/** Names of hosts that browsers, mail programs and people take for the service itself. */
const reserved = new Set(
  `about account accounts admin administrator adminstrator api app apps assets auth autoconfig autodiscover backup billing blog
  broadcasthost cdn chat cloud config console contact dashboard database dev dns docs domain download email example forum ftp git
  guest help host hosting hostmaster http https imap info internal invalid ipv4 ipv6 isatap issues kube ldap local localdomain
  localhost login logout mail mailer mailer-daemon manager mobile moderator monitor mta-sts mx mysql network news node nobody
  noreply no-reply official ops operator operators owner owners panel password payment pop pop3 portal postgres postmaster private
  prod production proxy public redis register root sandbox secure security server service settings sftp shop signin signup site
  sites smtp ssh ssl staff staging static stats status store support sysadmin system team test testing tls token upload user users
  vpn web webdisk webhoster webmail webmaster website worker wpad www
  가입 개발 게스트 결제 계정 고객 공개 공식 공지 공지사항 구성 내부 네트워크 노드 뉴스 다운로드 대시보드 데이터베이스 도메인 도움말 등록 로그아웃
  로그인 로컬 로컬호스트 루트 매니저 메일 메일러 모니터 모니터링 모더레이터 모바일 문서 문의 백업 보안 블로그 비공개 비밀번호 사용자 사이트 상점 상태
  샌드박스 서버 서비스 서포트 설정 소개 소유자 쇼핑몰 스태프 스테이징 스토어 시스템 암호 안내 애플리케이션 앱 어드민 업로드 연락처 예시 예제
  오퍼레이터 요금 운영 워커 웹 웹디스크 웹마스터 웹메일 웹사이트 웹호스터 웹호스팅 유저 이메일 이슈 인증 정보 제어판 지원 지원팀 직원 채팅 청구
  콘솔 클라우드 테스트 토큰 통계 팀 패널 패스워드 포럼 포털 프록시 호스트 호스트마스터 호스팅 홈페이지
  회원 회원가입`.split(/\s+/),
);

/** What a name looks like at a glance, to compare it with reserved ones. For those of other users the database does this. */
function shape(name: string): string {
  return name
    .replaceAll('-', '')
    .replaceAll('이', 'ol')
    .replaceAll('0', 'o')
    .replace(/[1i]/g, 'l')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}
const reservedShapes = new Set([...reserved].map(shape));

/**
 * The one form in which a name is stored and compared, the label of its host: `xn--…` for one with Hangul (IDNA as
 * browsers do it, UTS #46).
 * @param text as somebody types it, in Hangul or as that label
 * @returns undefined for what can be no name
 */
export function siteNameLabel(text: string): string | undefined {
  const typed = text.normalize('NFC');
  if (typed.length > longestLabel) return undefined;
  const isLabel = typed.startsWith(encoded);
  const name = isLabel ? readableSiteName(typed) : typed;
  if (!rules.some(({ least, most, pattern }) => inLength(name, least, most) && pattern.test(name))) return undefined;
  // What is plain stays: the parser of addresses takes `0x7f` for one.
  const label = inHangul.test(name) ? domainToASCII(name) : name;
  // Of `xn--…/x` that parser has read the beginning alone.
  return label.length > longestLabel || (isLabel && label !== typed) ? undefined : label;
}

const inLength = ({ length }: string, least: number, most: number) => length >= least && length <= most;

/** A name as people read it. @param label as it is stored */
export function readableSiteName(label: string): string {
  return label.startsWith(encoded) ? domainToUnicode(label) : label;
}

/** Why nobody may take a name; undefined when it is allowed. @param text in any form */
export function complaintOfSiteName(text: string): 'invalid' | 'reserved' | undefined {
  const label = siteNameLabel(text);
  if (label === undefined) return 'invalid';
  const name = readableSiteName(label);
  // `user-7` is the site name of user 7 where no other was found; `user-lo` looks like `user-10`, and `user-2이` like `user-201`.
  if (/^user-?[\dlo이]+$/.test(name) || name.startsWith('xn-')) return 'reserved';
  const withoutNumber = name.replace(/-?\d+$/, '');
  const isReserved = [name, withoutNumber].some((one) => reservedShapes.has(shape(one)));
  return isReserved || (inHangul.test(name) && looksLikeStaff(name)) ? 'reserved' : undefined;
}

/** Latin letters that are no letter with a mark. */
const others: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' };

/** What of a text may be in a name: accents go, all that is not Latin or Hangul becomes dashes. */
function nameIn(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[ßæœøłđðþı]/g, (letter) => others[letter] ?? letter)
    .replace(/[^a-z0-9가-힣]+/g, '-');
  const { most } = inHangul.test(plain) ? siteNameRules.hangul : siteNameRules.latin;
  // Leaves room for a number.
  return plain
    .replace(/^-/, '')
    .slice(0, most - 2)
    .replace(/-$/, '');
}

/** Names made from what somebody is called, the best one first, as they are stored; none where nothing of it can be a name. */
export function suggestSiteNames(...called: string[]): string[] {
  const names = called.map(nameIn);
  const numbered = names.flatMap((name) => [2, 3, 4, 5, 6, 7, 8, 9].map((number) => `${name}-${number}`));
  return [...names, ...numbered].flatMap((name) => (complaintOfSiteName(name) ? [] : (siteNameLabel(name) ?? [])));
}
