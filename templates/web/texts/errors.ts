import { account } from './account.ts';
import type { Sentences } from './language.ts';

const unreadable = {
  ko: '입력한 내용을 읽을 수 없습니다. 다시 입력해 주세요.',
  en: 'That could not be read. Please enter it again.',
};

/** What pages say instead of the API's own sentence, which speaks to programs, by the API's code. */
export const errors = {
  UNAUTHENTICATED: {
    ko: '로그인이 끝났습니다. 다시 로그인해 주세요.',
    en: 'You are no longer logged in. Please log in again.',
  },
  FORBIDDEN: { ko: '이 화면은 운영자만 볼 수 있습니다.', en: 'Only operators may see this page.' },
  NOT_FOUND: {
    ko: '찾으시는 페이지가 없습니다. 주소를 확인해 주세요.',
    en: 'There is no such page. Please check the address.',
  },
  METHOD_NOT_ALLOWED: {
    ko: '이 주소는 바로 열 수 없습니다. 첫 화면에서 다시 시작해 주세요.',
    en: 'This address cannot be opened like this. Please begin again at the start page.',
  },
  VALIDATION_FAILED: { ko: '아래에 표시한 항목을 고쳐 주세요.', en: 'Please correct what is marked below.' },
  RATE_LIMITED: {
    ko: '시도가 너무 많았습니다. {wait} 뒤에 다시 해 주세요.',
    en: 'There were too many attempts. Please try again in {wait}.',
  },
  TOO_MANY_STREAMS: {
    ko: '이 화면을 너무 많이 열어 두었습니다. 몇 개를 닫아 주세요.',
    en: 'This page is open too many times. Please close some.',
  },
  TOO_MANY_SITE_NAMES: {
    ko: '사이트 이름은 90일에 3번까지 새것으로 바꿀 수 있습니다. 전에 쓰던 이름으로 돌아가거나, {wait} 뒤에 새 이름으로 바꿔 주세요.',
    en: 'A site may have 3 new names in 90 days. Go back to a name that you had, or take a new one in {wait}.',
  },
  CROSS_ORIGIN: {
    ko: '다른 사이트에서 온 요청이라 처리하지 않았습니다. 이 페이지에서 다시 해 주세요.',
    en: 'This request came from another site, so nothing was done. Please try again from this page.',
  },
  BODY_TOO_LARGE: {
    ko: '입력한 내용이 너무 깁니다. 줄여서 다시 보내 주세요.',
    en: 'That is too long. Please shorten it and try again.',
  },
  BODY_MALFORMED: unreadable,
  UNSUPPORTED_MEDIA_TYPE: unreadable,
  INTERNAL: {
    ko: '우리 쪽에 문제가 생겼습니다. 잠시 뒤 다시 해 보고, 계속되면 운영자에게 알려 주세요.',
    en: 'Something went wrong on our side. Please try again in a moment; if it goes on, tell the operator.',
  },
  TOO_BUSY: {
    ko: '지금 로그인하거나 가입하는 사람이 많습니다. {wait} 뒤에 다시 해 주세요.',
    en: 'Many people log in or sign up right now. Please try again in {wait}.',
  },
  PART_DOWN: {
    ko: '서비스 일부가 잠시 응답하지 않습니다. 조금 뒤 다시 해 주세요.',
    en: 'A part of the service does not answer right now. Please try again in a moment.',
  },
  NO_ANSWER: {
    ko: '응답을 받지 못했습니다. 인터넷 연결을 확인해 주세요. 요청은 전해졌을 수도 있으니 아래 상태가 그대로일 때만 다시 해 주세요.',
    en: 'No answer came. Please check your connection. It may have been done all the same: try again only if below all is as before.',
  },
  ACCOUNT_TAKEN: {
    ko: '이미 쓰고 있는 것이 있습니다. 아래에 표시한 항목을 바꿔 주세요.',
    en: 'Something of this is already in use. Please change what is marked below.',
  },
  HOSTING_EXISTS: {
    ko: '이미 호스팅이 있습니다. 아래에서 볼 수 있습니다.',
    en: 'You already have a hosting. You see it below.',
  },
  HOSTING_NOT_FOUND: {
    ko: '호스팅이 없습니다. 아래 버튼으로 새로 만들 수 있습니다.',
    en: 'You have no hosting. You can create one below.',
  },
  HOSTING_BUSY: {
    ko: '지금 다른 작업을 하고 있습니다. 끝난 뒤 다시 해 주세요.',
    en: 'Something else is under way. Please try again when it has ended.',
  },
  HOSTING_STATE: {
    ko: '지금 상태에서는 할 수 없는 일입니다. 아래에서 현재 상태를 확인해 주세요.',
    en: 'That cannot be done in the present state. Please look at the state below.',
  },
  NO_ROOM: {
    ko: '지금은 남은 자리가 없습니다. 나중에 다시 해 보거나 운영자에게 문의해 주세요.',
    en: 'There is no room left right now. Please try again later, or ask the operator.',
  },
  KEY_EXISTS: { ko: '이미 등록한 키입니다.', en: 'This key is already there.' },
  TOO_MANY_KEYS: {
    ko: '키는 20개까지 등록할 수 있습니다. 쓰지 않는 키를 지워 주세요.',
    en: 'You can have 20 keys. Remove one that you do not use.',
  },
  KEY_NOT_FOUND: { ko: '이미 지워진 키입니다.', en: 'This key is already gone.' },
  DOMAIN_EXISTS: {
    ko: '이미 추가한 도메인입니다. 아래에서 볼 수 있습니다.',
    en: 'You have added this domain already. You see it below.',
  },
  DOMAIN_TAKEN: {
    ko: '다른 사람이 쓰고 있는 도메인입니다. 내 도메인이 맞다면 운영자에게 문의해 주세요.',
    en: 'Somebody else has this domain. If it is yours, please ask the operator.',
  },
  TOO_MANY_DOMAINS: {
    ko: '도메인은 10개까지 추가할 수 있습니다. 쓰지 않는 도메인을 지워 주세요.',
    en: 'You can have 10 domains. Remove one that you do not use.',
  },
  DOMAIN_NOT_FOUND: { ko: '이미 지워진 도메인입니다.', en: 'This domain is already gone.' },
  ACCOUNT_SUSPENDED: {
    ko: '운영자가 정지한 계정입니다. 궁금한 점은 운영자에게 문의해 주세요.',
    en: 'The operator has suspended this account. Please ask them.',
  },
  USER_PROTECTED: {
    ko: '운영자는 정지할 수 없고, 자기 역할은 스스로 바꿀 수 없습니다.',
    en: 'Operators cannot be suspended, and nobody changes their own role.',
  },
  LAST_OPERATOR: {
    ko: '운영자가 한 명뿐이라 지금은 할 수 없습니다. 먼저 다른 사용자를 운영자로 지정해 주세요.',
    en: 'This is the only operator, so it cannot be done yet. Make another user an operator first.',
  },
  USER_NOT_FOUND: { ko: '그런 사용자가 없습니다.', en: 'There is no such user.' },
  NAME_DIFFERS: {
    ko: '입력한 이름이 다릅니다. 다음 이름을 그대로 입력해 주세요: {name}',
    en: 'That is not the name. To delete, type {name} exactly.',
  },
} satisfies Sentences;

/** What pages say of a field whose value another user has. */
export const takenFields = {
  email: {
    ko: '이 이메일로 만든 계정이 이미 있습니다. 로그인하거나 다른 이메일을 써 주세요.',
    en: 'There is an account with this email already. Log in, or use another email.',
  },
  site_name: account.siteName_taken,
} satisfies Sentences;

/** What pages say of a field that the API refused, where its validator speaks in general. */
export const fieldErrors = {
  email: {
    ko: '이메일 주소를 확인해 주세요. 예: name@example.com',
    en: 'Please check the email address, like name@example.com.',
  },
} satisfies Sentences;
