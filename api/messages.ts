import type { Language } from '../templates/web/texts/language.ts';

/** Every sentence that a client sees, by key, but for those of errors (error-catalogue.ts). */
export const messages = {
  registered: { ko: '회원가입이 완료되었습니다.', en: 'Your account has been created.' },
  loggedOut: { ko: '로그아웃되었습니다.', en: 'You are logged out.' },
  loggedOutEverywhere: { ko: '모든 기기에서 로그아웃되었습니다.', en: 'You are logged out everywhere.' },
  passwordChanged: {
    ko: '비밀번호가 변경되었습니다. 다른 기기에서는 모두 로그아웃되었습니다.',
    en: 'Your password has been changed. You are logged out everywhere else.',
  },
  accountDeleted: { ko: '계정이 삭제되었습니다.', en: 'Your account has been deleted.' },
  accountDeletedHostingFollows: {
    ko: '계정이 삭제되었습니다. 호스팅도 지금 삭제되고 있습니다.',
    en: 'Your account has been deleted. Its hosting is being deleted now.',
  },
  namesChanged: { ko: '이름을 바꿨습니다.', en: 'Your names are changed.' },
  siteNameShown: { ko: '사이트 이름 정보입니다.', en: 'This is what there is to say about the site name.' },
  me: { ko: '사용자 정보입니다.', en: 'This is your account.' },
  hostingCreated: { ko: '호스팅이 생성되었습니다.', en: 'Your hosting has been created.' },
  hostingRequested: {
    ko: '호스팅 생성을 시작했습니다. Location 주소에서 진행 상황을 확인하세요.',
    en: 'Your hosting is being created. Follow its progress at the Location.',
  },
  hostingShown: { ko: '호스팅 정보입니다.', en: 'This is your hosting.' },
  hostingChanged: { ko: '변경했습니다.', en: 'It is changed.' },
  hostingDeleted: { ko: '호스팅이 삭제되었습니다.', en: 'Your hosting has been deleted.' },
  hostingDeleteRequested: {
    ko: '호스팅 삭제를 시작했습니다. Location 주소에서 진행 상황을 확인하세요.',
    en: 'Your hosting is being deleted. Follow its progress at the Location.',
  },
  hostingStarted: { ko: '서버가 켜졌습니다.', en: 'Your machine is on.' },
  hostingStopped: { ko: '서버가 꺼졌습니다.', en: 'Your machine is off.' },
  hostingRestarted: { ko: '서버가 다시 시작되었습니다.', en: 'Your machine has been restarted.' },
  powerRequested: {
    ko: '작업을 시작했습니다. Location 주소에서 진행 상황을 확인하세요.',
    en: 'It is under way. Follow its progress at the Location.',
  },
  passwordRenewed: { ko: '서버의 비밀번호를 새로 만들었습니다.', en: 'Your machine has a new password.' },
  passwordRequested: {
    ko: '새 비밀번호를 서버에 적용하고 있습니다. Location 주소에서 진행 상황을 확인하세요.',
    en: 'The new password is on its way to your machine. Follow its progress at the Location.',
  },
  keysShown: { ko: 'SSH 키 목록입니다.', en: 'These are the SSH keys.' },
  keyAdded: { ko: 'SSH 키를 추가했습니다.', en: 'The SSH key has been added.' },
  keyRemoved: { ko: 'SSH 키를 삭제했습니다.', en: 'The SSH key has been removed.' },
  domainsShown: { ko: '도메인 목록입니다.', en: 'These are the domains of your own.' },
  domainAdded: {
    ko: '도메인을 추가했습니다. records의 레코드를 만드세요. 곧 확인합니다.',
    en: 'The domain has been added. Make the records that stand in it; they are looked for in a moment.',
  },
  domainRemoved: { ko: '도메인을 삭제했습니다.', en: 'The domain has been removed.' },
  domainCheckRequested: { ko: '곧 도메인을 확인합니다.', en: 'The domain is looked at in a moment.' },
  operationsShown: { ko: '작업 목록입니다.', en: 'These are the operations.' },
  usersShown: { ko: '사용자 목록입니다.', en: 'These are the users.' },
  hostingsShown: { ko: '호스팅 목록입니다.', en: 'These are the hostings.' },
  nodeShown: { ko: '노드와 대기열 상태입니다.', en: 'This is the node, with its room and its queue.' },
  userSuspended: {
    ko: '사용자를 정지했습니다. 로그아웃되었고, 사이트는 닫히고 머신은 꺼집니다.',
    en: 'The user is suspended and logged out. The site closes and the machine stops.',
  },
  userResumed: {
    ko: '사용자의 정지를 해제했습니다. 사이트와 머신은 전과 같이 돌아옵니다.',
    en: 'The user is resumed. The site and the machine come back as they were.',
  },
  userShown: {
    ko: '사용자와 호스팅, SSH 키, 로그인 정보입니다.',
    en: 'This is the user, with the hosting, its keys and the log-ins.',
  },
  userLoggedOut: {
    ko: '사용자를 모든 기기에서 로그아웃했습니다.',
    en: 'The user is logged out everywhere.',
  },
  roleSet: { ko: '역할을 변경했습니다.', en: 'The role has been changed.' },
  operationShown: { ko: '작업 정보입니다.', en: 'This is the operation.' },
  healthy: { ko: '정상입니다.', en: 'All is well.' },
  versionShown: { ko: '버전 정보입니다.', en: 'This is the version.' },

  createFailed: {
    ko: '작업이 실패하여 되돌렸습니다. 다시 시도하고, 계속되면 운영자에게 문의하세요.',
    en: 'The operation failed and was undone. Try again; if it keeps failing, ask the operator.',
  },
  operationFailed: {
    ko: '작업이 실패했습니다. details.reason을 확인하고 다시 시도하세요. 계속되면 운영자에게 문의하세요.',
    en: 'The operation failed. See details.reason and try again; if it keeps failing, ask the operator.',
  },
  passwordLength: { ko: '비밀번호는 8자 이상 128자 이하여야 합니다.', en: 'Use 8 to 128 characters.' },
  passwordCommon: {
    ko: '너무 많은 사람이 쓰는 비밀번호라 쉽게 알아낼 수 있습니다. 다른 비밀번호를 쓰세요.',
    en: 'So many people use this password that it is easily guessed. Choose another.',
  },
  passwordPersonal: {
    ko: '비밀번호에 이름, 이메일 또는 이 서비스의 이름이 들어 있어 쉽게 알아낼 수 있습니다. 다른 비밀번호를 쓰세요.',
    en: 'It contains your name, your email or the name of this service, and so is easily guessed. Choose another.',
  },
  emailRule: {
    ko: '이메일의 @ 앞은 64자까지입니다.',
    en: 'Before the @ an email has 64 characters at most.',
  },
  usernameRule: {
    ko: '이름은 1~40자입니다. 앞뒤에 공백을 두거나 줄바꿈, 보이지 않는 문자, 글자 방향을 바꾸는 문자를 쓸 수 없습니다.',
    en: 'Use 1 to 40 characters, without a space at either end, line breaks, or characters that are unseen or turn the direction of text.',
  },
  usernameStaff: {
    ko: '운영자로 오해할 수 있는 이름입니다. 다른 이름을 쓰세요.',
    en: 'People would take this for the name of an operator. Choose another.',
  },
  siteNameRule: {
    ko: '사이트 이름은 영어 소문자, 숫자, 대시 3~32자이고, 한글이 들어가면 2~16자입니다. 글자가 하나는 있어야 하고, 대시로 시작하거나 끝날 수 없으며 대시를 이어 쓸 수 없습니다.',
    en: 'Use 3 to 32 lower-case letters a to z, digits and single dashes, or 2 to 16 with Hangul; at least one letter, and no dash at either end.',
  },
  siteNameReserved: {
    ko: '서비스가 쓰는 이름이거나 그렇게 보이는 이름입니다. 다른 이름을 쓰세요.',
    en: 'This name is the service’s own, or looks as if it were. Choose another.',
  },
  domainRule: {
    ko: '도메인이 아닙니다. shop.mycompany.com처럼 글자, 숫자, 대시로 된 이름을 점으로 이어 쓰세요.',
    en: 'This is no domain. Write its name alone, like shop.mycompany.com: letters, digits and dashes, with dots between them.',
  },
  domainAlone: {
    ko: 'http://, 포트, 경로 없이 도메인 이름만 쓰세요. 예: shop.mycompany.com',
    en: 'Write the name alone, like shop.mycompany.com: without http://, port or path.',
  },
  domainWildcard: {
    ko: '*는 쓸 수 없습니다. 도메인을 하나씩 추가하세요.',
    en: 'A * cannot be added. Add each domain by its name.',
  },
  domainAddress: {
    ko: 'IP 주소는 쓸 수 없습니다. 도메인 이름을 쓰세요.',
    en: 'This is an IP address. Write the name of a domain.',
  },
  domainSingleLabel: {
    ko: '점이 없는 이름은 쓸 수 없습니다. shop.mycompany.com처럼 전체 이름을 쓰세요.',
    en: 'A domain has a dot in it. Write the whole name, like shop.mycompany.com.',
  },
  domainLong: {
    ko: '이름이 너무 깁니다. 전체는 240자, 점 사이는 63자까지입니다(한글은 xn--로 바꾼 길이).',
    en: 'The name is too long. It may have 240 characters, 63 between dots; names in other scripts count as their xn-- form.',
  },
  domainPublicSuffix: {
    ko: '누구나 그 아래에 이름을 얻는 도메인이라 한 사람의 것이 될 수 없습니다. 그 아래에 있는 내 이름을 쓰세요.',
    en: 'Others have names below this one, so it is nobody’s alone. Write your own name below it.',
  },
  domainSpecialUse: {
    ko: '특별한 용도로 예약된 이름이라 인터넷에서 찾을 수 없습니다. 등록한 도메인을 쓰세요.',
    en: 'This name is reserved for special use, so nobody finds it on the internet. Write a domain that you have registered.',
  },
  domainOfService: {
    ko: '이 서비스의 이름이거나 그 위나 아래의 이름입니다. 다른 도메인을 쓰세요.',
    en: 'This is a name of the service itself, or above or below one. Write another domain.',
  },
  domain_no_such_name: {
    ko: '이 이름의 주소를 찾을 수 없습니다. A 레코드(또는 CNAME)를 만들어 주세요.',
    en: 'The DNS has no address of this name. Make an A record, or a CNAME.',
  },
  domain_points_elsewhere: {
    ko: '다른 곳을 가리킵니다: {found}. 이 서버를 가리키는 레코드만 남겨 주세요.',
    en: 'It leads elsewhere: {found}. Leave only records that lead to this server.',
  },
  domain_no_record: {
    ko: '내 도메인이라는 증명이 없습니다. TXT 레코드나 CNAME을 만들어 주세요.',
    en: 'Nothing shows that it is yours. Make the TXT record, or the CNAME.',
  },
  domain_other_record: {
    ko: 'TXT 레코드의 값이 다릅니다: {found}. 여기에 있는 값으로 바꿔 주세요.',
    en: 'The TXT record says something else: {found}. Give it the value that stands here.',
  },
  domain_taken: {
    ko: '다른 사용자가 쓰고 있는 도메인입니다. 내 도메인이라면 운영자에게 문의하세요.',
    en: 'Another user has this domain. If it is yours, ask the operator.',
  },
  domain_not_reached: {
    ko: '레코드는 맞지만, 이 주소로 들어온 요청이 이 서버에 닿지 않습니다({found}). 잠시 뒤 다시 확인하고, 계속되면 운영자에게 문의하세요.',
    en: 'The records are right, but requests do not come here ({found}). Wait a moment, and if it goes on ask the operator.',
  },
  domain_dns_silent: {
    ko: 'DNS 서버가 대답하지 않아 알 수 없습니다({found}). 다시 확인합니다. 계속되면 도메인의 DNS 설정을 확인하세요.',
    en: 'The DNS did not answer, so nothing is known ({found}). It is asked again; if this goes on, look at your domain’s name servers.',
  },
  domain_server_unknown: {
    ko: '이 서버의 주소를 알 수 없습니다. 운영자에게 PUBLIC_ADDRESSES를 설정해 달라고 하세요.',
    en: 'The addresses of this server are not known. Ask the operator to set PUBLIC_ADDRESSES.',
  },
  textMalformed: {
    ko: '올바른 유니코드 문자열이 아닙니다. 짝이 없는 서로게이트(\\ud800-\\udfff)를 없애 주세요.',
    en: 'This is no valid Unicode text: remove the surrogates (\\ud800 to \\udfff) that stand alone.',
  },
  keyOnOneLine: {
    ko: '키 하나는 한 줄입니다. 줄바꿈을 없애 주세요.',
    en: 'One key is one line: remove the line breaks.',
  },
  keyTypeUnknown: {
    ko: '키는 앞에 옵션 없이 ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa 중 하나로 시작해야 합니다.',
    en: 'A key begins with ssh-ed25519, ecdsa-sha2-nistp256/384/521 or ssh-rsa, without options before it.',
  },
  keyIncomplete: {
    ko: '완전한 공개 키가 아닙니다. .pub 파일의 한 줄 전체를 복사해 주세요.',
    en: 'This is not a complete public key. Copy the whole line from your .pub file.',
  },
  keyName: {
    ko: '이름에는 줄바꿈 같은 제어 문자를 쓸 수 없습니다.',
    en: 'A name has no line breaks or other control characters.',
  },
  reasonText: {
    ko: '이유에는 줄바꿈 같은 제어 문자를 쓸 수 없습니다.',
    en: 'A reason has no line breaks or other control characters.',
  },
  keyTooShort: {
    ko: 'RSA 키는 3072비트 이상이어야 합니다. ssh-keygen -t ed25519로 새 키를 만드는 편이 좋습니다.',
    en: 'An RSA key needs at least 3072 bits. Better make a new one, with ssh-keygen -t ed25519.',
  },
} as const;

export type { Language };
/** One sentence in each language. */
export type Sentence = Record<Language, string>;
export type MessageKey = keyof typeof messages;

/** Whether a complaint of a schema is one of ours, rather than a sentence of the validator's. */
export function isMessageKey(text: string): text is MessageKey {
  return text in messages;
}

export function translate(key: MessageKey, language: Language): string {
  return messages[key][language];
}
