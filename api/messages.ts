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
  usernameRule: {
    ko: '이름은 1~40자입니다. 앞뒤에 공백을 두거나 줄바꿈, 보이지 않는 문자, 글자 방향을 바꾸는 문자를 쓸 수 없습니다.',
    en: 'Use 1 to 40 characters, without a space at either end, line breaks, or characters that are unseen or turn the direction of text.',
  },
  usernameStaff: {
    ko: '운영자로 오해할 수 있는 이름입니다. 다른 이름을 쓰세요.',
    en: 'People would take this for the name of an operator. Choose another.',
  },
  siteNameRule: {
    ko: '사이트 이름은 영어 소문자, 숫자, 대시 3~32자입니다. 글자가 하나는 있어야 하고, 대시로 시작하거나 끝날 수 없으며 대시를 이어 쓸 수 없습니다.',
    en: 'Use 3 to 32 lower-case letters a to z, digits and single dashes; at least one letter, and no dash at either end.',
  },
  siteNameReserved: {
    ko: '서비스가 쓰는 이름이거나 그렇게 보이는 이름입니다. 다른 이름을 쓰세요.',
    en: 'This name is the service’s own, or looks as if it were. Choose another.',
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
