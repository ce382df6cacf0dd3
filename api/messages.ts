/** Every sentence that a client sees, by key; error codes never change with the language. */
const messages = {
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
  unhealthy: { ko: '일부 구성 요소가 응답하지 않습니다.', en: 'A part does not answer.' },
  versionShown: { ko: '버전 정보입니다.', en: 'This is the version.' },

  validationFailed: {
    ko: '요청 값이 올바르지 않습니다. details의 항목을 고쳐 다시 보내 주세요.',
    en: 'The request is not valid. Correct the fields named in details and send it again.',
  },
  bodyMalformed: {
    ko: '본문을 읽을 수 없습니다. 형식에 맞게 다시 보내 주세요.',
    en: 'The body could not be read. Send it again, well formed.',
  },
  bodyTooLarge: {
    ko: '본문이 너무 큽니다. 64kB 이하로 보내 주세요.',
    en: 'The body is too large. Send at most 64 kB.',
  },
  unsupportedMediaType: {
    ko: '지원하지 않는 형식의 본문입니다. details.expected의 형식으로 보내 주세요.',
    en: 'A body of this type is not accepted. Send the one named in details.expected.',
  },
  unauthenticated: {
    ko: '로그인이 필요합니다. 유효한 토큰을 Authorization 헤더에 넣어 주세요.',
    en: 'Log in first, and send a valid token in the Authorization header.',
  },
  crossOrigin: {
    ko: '다른 사이트의 페이지가 보낸 요청은 받지 않습니다. 이 서버의 페이지나 프로그램에서 보내 주세요.',
    en: 'A page of another site may not ask for this. Send it from a page of this server, or from a program.',
  },
  wrongCredentials: {
    ko: '이메일 또는 비밀번호가 올바르지 않습니다.',
    en: 'The email or the password is wrong. Check both and try again.',
  },
  wrongPassword: {
    ko: '현재 비밀번호가 올바르지 않습니다. 확인하고 다시 시도하세요.',
    en: 'This is not your current password. Check it and try again.',
  },
  refreshRefused: {
    ko: '세션이 끝났습니다. 다시 로그인하세요.',
    en: 'This session has ended. Log in again.',
  },
  rateLimited: {
    ko: '요청이 너무 많습니다. Retry-After 헤더의 시간(초)이 지난 뒤 다시 시도하세요.',
    en: 'There were too many requests. Try again after the seconds in the Retry-After header.',
  },
  tooManyStreams: {
    ko: '열어 둔 진행 상황 스트림이 너무 많습니다. 일부를 닫고 다시 여세요.',
    en: 'You have too many event streams open. Close some, and open it again.',
  },
  notFound: { ko: '요청한 주소가 없습니다. /docs를 확인하세요.', en: 'There is nothing at this address. See /docs.' },
  hostingMissing: {
    ko: '호스팅이 없습니다. POST /api/v1/host로 만들 수 있습니다.',
    en: 'You have no hosting. Create one with POST /api/v1/host.',
  },
  operationMissing: { ko: '그런 작업이 없습니다.', en: 'You have no such operation. Check its id.' },
  methodNotAllowed: {
    ko: '이 주소에서 쓸 수 없는 메서드입니다. details.allowed를 확인하세요.',
    en: 'This address does not take that method. Use one named in details.allowed.',
  },
  accountTaken: {
    ko: '이미 사용 중이거나, 사용 중인 것과 비슷해 보이는 값입니다. details.fields의 항목에 다른 값을 쓰거나 로그인하세요.',
    en: 'It is taken, or looks like one that is. Choose another for what details.fields names, or log in.',
  },
  hostingExists: {
    ko: '이미 호스팅이 있습니다. GET /api/v1/host/my로 확인하세요.',
    en: 'You already have a hosting. See it with GET /api/v1/host/my.',
  },
  hostingBusy: {
    ko: '호스팅에 다른 작업이 진행 중입니다. 끝난 뒤 다시 시도하세요.',
    en: 'Another operation on your hosting is under way. Try again when it has ended.',
  },
  hostingState: {
    ko: '호스팅의 현재 상태에서는 할 수 없는 작업입니다. details.status를 확인하세요.',
    en: 'This cannot be done in the state that the hosting is in. See details.status.',
  },
  keyExists: { ko: '이미 등록된 키입니다.', en: 'This key is there already.' },
  keyMissing: { ko: '그런 키가 없습니다.', en: 'You have no such key. Check its id.' },
  tooManyKeys: {
    ko: '키는 20개까지 등록할 수 있습니다. 쓰지 않는 키를 삭제하세요.',
    en: 'There may be 20 keys. Remove one that you no longer use.',
  },
  accountSuspended: {
    ko: '운영자가 이 계정을 정지했습니다. 운영자에게 문의하세요.',
    en: 'The operator has suspended this account. Ask the operator.',
  },
  forbidden: { ko: '운영자만 할 수 있습니다.', en: 'Only an operator may do this.' },
  userMissing: { ko: '그런 사용자가 없습니다.', en: 'There is no such user. Check the id.' },
  userProtected: {
    ko: '자신의 역할은 바꿀 수 없고, 운영자는 정지할 수 없습니다. 먼저 다른 운영자가 일반 사용자로 바꿔야 합니다.',
    en: 'Nobody changes their own role, and operators are not suspended: another operator makes them a user first.',
  },
  lastOperator: {
    ko: '유일한 운영자입니다. 먼저 다른 사용자를 운영자로 지정하세요.',
    en: 'This is the only operator. Make another user an operator first.',
  },
  noRoom: {
    ko: '남은 자리가 없습니다. 나중에 다시 시도하거나 운영자에게 문의하세요.',
    en: 'No room is left. Try again later, or ask the operator.',
  },
  partDown: {
    ko: '서비스의 일부가 응답하지 않습니다. 잠시 후 다시 시도하세요.',
    en: 'A part of the service does not answer. Try again in a moment.',
  },
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
  internal: {
    ko: '서버 오류입니다. 요청 번호와 함께 운영자에게 알려 주세요.',
    en: 'This is a fault of the server. Tell the operator the request id.',
  },
} as const;

export type Language = 'ko' | 'en';
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
