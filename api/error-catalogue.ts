import type { Sentence } from './messages.ts';
import { apiPrefix } from './protocol.ts';

/** What a client may rely on of an error, whenever it comes, and what it is told. */
export interface ErrorFacts extends Sentence {
  status: number;
  /** Seconds after which the same request may work. */
  retryAfter?: number;
  /** For the OpenAPI document. */
  note?: string;
}

const define = <Code extends string>(catalogue: Record<Code, ErrorFacts>) => catalogue;

/** Every error of the API by its code, which never changes with the language. Of stacks: `stackStatuses` in stacks/errors.ts. */
export const errorCatalogue = define({
  VALIDATION_FAILED: {
    status: 422,
    ko: '요청 값이 올바르지 않습니다. details의 항목을 고쳐 다시 보내 주세요.',
    en: 'The request is not valid. Correct the fields named in details and send it again.',
  },
  BODY_MALFORMED: {
    status: 400,
    ko: '본문을 읽을 수 없습니다. 형식에 맞게 다시 보내 주세요.',
    en: 'The body could not be read. Send it again, well formed.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    ko: '본문이 너무 큽니다. 64kB 이하로 보내 주세요.',
    en: 'The body is too large. Send at most 64 kB.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    ko: '지원하지 않는 형식의 본문입니다. details.expected의 형식으로 보내 주세요.',
    en: 'A body of this type is not accepted. Send the one named in details.expected.',
  },
  NOT_FOUND: {
    status: 404,
    ko: '요청한 주소가 없습니다. /docs를 확인하세요.',
    en: 'There is nothing at this address. See /docs.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    ko: '이 주소에서 쓸 수 없는 메서드입니다. details.allowed를 확인하세요.',
    en: 'This address does not take that method. Use one named in details.allowed.',
  },
  // A page of another origin asks for a change.
  CROSS_ORIGIN: {
    status: 403,
    ko: '다른 사이트의 페이지가 보낸 요청은 받지 않습니다. 이 서버의 페이지나 프로그램에서 보내 주세요.',
    en: 'A page of another site may not ask for this. Send it from a page of this server, or from a program.',
  },
  RATE_LIMITED: {
    status: 429,
    note: 'Retry-After says in how many seconds it may work',
    ko: '요청이 너무 많습니다. Retry-After 헤더의 시간(초)이 지난 뒤 다시 시도하세요.',
    en: 'There were too many requests. Try again after the seconds in the Retry-After header.',
  },
  TOO_MANY_STREAMS: {
    status: 429,
    retryAfter: 10,
    ko: '열어 둔 진행 상황 스트림이 너무 많습니다. 일부를 닫고 다시 여세요.',
    en: 'You have too many event streams open. Close some, and open it again.',
  },

  UNAUTHENTICATED: {
    status: 401,
    ko: '로그인이 필요합니다. 유효한 토큰을 Authorization 헤더에 넣어 주세요.',
    en: 'Log in first, and send a valid token in the Authorization header.',
  },
  WRONG_CREDENTIALS: {
    status: 401,
    ko: '이메일 또는 비밀번호가 올바르지 않습니다.',
    en: 'The email or the password is wrong. Check both and try again.',
  },
  // Not 401: the token is good, and a new one would not help.
  WRONG_PASSWORD: {
    status: 403,
    ko: '현재 비밀번호가 올바르지 않습니다. 확인하고 다시 시도하세요.',
    en: 'This is not your current password. Check it and try again.',
  },
  REFRESH_REFUSED: {
    status: 401,
    ko: '세션이 끝났습니다. 다시 로그인하세요.',
    en: 'This session has ended. Log in again.',
  },
  ACCOUNT_TAKEN: {
    status: 409,
    ko: '이미 사용 중이거나, 사용 중인 것과 비슷해 보이는 값입니다. details.fields의 항목에 다른 값을 쓰거나 로그인하세요.',
    en: 'It is taken, or looks like one that is. Choose another for what details.fields names, or log in.',
  },
  // Each is kept from others, and nobody may keep all good ones.
  TOO_MANY_SITE_NAMES: {
    status: 409,
    ko: '사이트 이름은 90일에 3번까지 새것으로 바꿀 수 있습니다. details.possible_at 뒤에 다시 하거나, 전에 쓰던 이름으로 돌아가세요.',
    en: 'A site may have 3 new names in 90 days. Try again after details.possible_at, or go back to a name that you had.',
  },
  // The password is right, and the operator keeps the account shut.
  ACCOUNT_SUSPENDED: {
    status: 403,
    note: 'details may have the reason',
    ko: '운영자가 이 계정을 정지했습니다. 운영자에게 문의하세요.',
    en: 'The operator has suspended this account. Ask the operator.',
  },
  FORBIDDEN: { status: 403, ko: '운영자만 할 수 있습니다.', en: 'Only an operator may do this.' },
  USER_NOT_FOUND: { status: 404, ko: '그런 사용자가 없습니다.', en: 'There is no such user. Check the id.' },
  // Somebody must be left who can undo it.
  USER_PROTECTED: {
    status: 409,
    ko: '자신의 역할은 바꿀 수 없고, 운영자는 정지할 수 없습니다. 먼저 다른 운영자가 일반 사용자로 바꿔야 합니다.',
    en: 'Nobody changes their own role, and operators are not suspended: another operator makes them a user first.',
  },
  // Without an operator nobody could make another, but on the command line.
  LAST_OPERATOR: {
    status: 409,
    ko: '유일한 운영자입니다. 먼저 다른 사용자를 운영자로 지정하세요.',
    en: 'This is the only operator. Make another user an operator first.',
  },

  HOSTING_NOT_FOUND: {
    status: 404,
    ko: `호스팅이 없습니다. POST ${apiPrefix}/host로 만들 수 있습니다.`,
    en: `You have no hosting. Create one with POST ${apiPrefix}/host.`,
  },
  HOSTING_EXISTS: {
    status: 409,
    ko: `이미 호스팅이 있습니다. GET ${apiPrefix}/host/my로 확인하세요.`,
    en: `You already have a hosting. See it with GET ${apiPrefix}/host/my.`,
  },
  HOSTING_BUSY: {
    status: 409,
    ko: '호스팅에 다른 작업이 진행 중입니다. 끝난 뒤 다시 시도하세요.',
    en: 'Another operation on your hosting is under way. Try again when it has ended.',
  },
  HOSTING_STATE: {
    status: 409,
    ko: '호스팅의 현재 상태에서는 할 수 없는 작업입니다. details.status를 확인하세요.',
    en: 'This cannot be done in the state that the hosting is in. See details.status.',
  },
  NO_ROOM: {
    status: 503,
    retryAfter: 300,
    ko: '남은 자리가 없습니다. 나중에 다시 시도하거나 운영자에게 문의하세요.',
    en: 'No room is left. Try again later, or ask the operator.',
  },
  OPERATION_NOT_FOUND: { status: 404, ko: '그런 작업이 없습니다.', en: 'You have no such operation. Check its id.' },
  KEY_NOT_FOUND: { status: 404, ko: '그런 키가 없습니다.', en: 'You have no such key. Check its id.' },
  KEY_EXISTS: { status: 409, ko: '이미 등록된 키입니다.', en: 'This key is there already.' },
  TOO_MANY_KEYS: {
    status: 409,
    ko: '키는 20개까지 등록할 수 있습니다. 쓰지 않는 키를 삭제하세요.',
    en: 'There may be 20 keys. Remove one that you no longer use.',
  },

  DOMAIN_NOT_FOUND: { status: 404, ko: '그런 도메인이 없습니다.', en: 'You have no such domain. Check its name.' },
  DOMAIN_EXISTS: {
    status: 409,
    ko: '이미 추가한 도메인입니다. 목록에서 확인하세요.',
    en: 'You have added this domain already. See the list.',
  },
  // Whose it is, is nobody else's business.
  DOMAIN_TAKEN: {
    status: 409,
    ko: '다른 사용자가 이미 쓰고 있는 도메인입니다. 내 도메인이라면 운영자에게 문의하세요.',
    en: 'Another user has this domain. If it is yours, ask the operator.',
  },
  TOO_MANY_DOMAINS: {
    status: 409,
    ko: '도메인은 10개까지 추가할 수 있습니다. 쓰지 않는 도메인을 삭제하세요.',
    en: 'A site may have 10 domains. Remove one that you no longer use.',
  },

  // More passwords are to be looked at than can be in a few seconds.
  TOO_BUSY: {
    status: 503,
    retryAfter: 10,
    ko: '지금 로그인하거나 가입하는 사람이 너무 많습니다. Retry-After 헤더의 시간(초)이 지난 뒤 다시 시도하세요.',
    en: 'Too many people log in or sign up at this moment. Try again after the seconds in the Retry-After header.',
  },
  // A part that the request needs does not answer.
  PART_DOWN: {
    status: 503,
    retryAfter: 10,
    ko: '서비스의 일부가 응답하지 않습니다. 잠시 후 다시 시도하세요.',
    en: 'A part of the service does not answer. Try again in a moment.',
  },
  UNHEALTHY: {
    status: 503,
    retryAfter: 10,
    note: 'with the parts in details',
    ko: '일부 구성 요소가 응답하지 않습니다.',
    en: 'A part does not answer.',
  },
  // Whatever is none of the others: a bug.
  INTERNAL: {
    status: 500,
    ko: '서버 오류입니다. 요청 번호와 함께 운영자에게 알려 주세요.',
    en: 'This is a fault of the server. Tell the operator the request id.',
  },
});

export type ErrorCode = keyof typeof errorCatalogue;
