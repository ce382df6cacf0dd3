import type { MessageKey } from './messages.ts';
import type { HostingStatus } from './models/hosting.ts';
import type { OperationFailure, OperationKind } from './models/operation.ts';

export interface AppErrorOptions {
  status: number;
  /** Stable id that clients may rely on. */
  code: string;
  message: MessageKey;
  /** Facts that help the client to repair its request. Never a secret. */
  details?: unknown;
  /** Seconds after which the same request may work. */
  retryAfter?: number;
  cause?: unknown;
}

/** Base of every error that a client may see. Anything else is a bug, and is rendered as `INTERNAL`. */
export class AppError extends Error {
  readonly status: number;
  readonly code: string;
  readonly messageKey: MessageKey;
  readonly details: unknown;
  readonly retryAfter: number | undefined;
  readonly expose = true;

  constructor(options: AppErrorOptions) {
    super(options.code, { cause: options.cause });
    this.name = new.target.name;
    this.status = options.status;
    this.code = options.code;
    this.messageKey = options.message;
    this.details = options.details ?? null;
    this.retryAfter = options.retryAfter;
  }
}

/** One complaint about a request: where, and what to do. */
export interface Issue {
  path: string;
  message: string;
}

export class ValidationError extends AppError {
  constructor(issues: Issue[]) {
    super({ status: 422, code: 'VALIDATION_FAILED', message: 'validationFailed', details: issues });
  }
}

export class MalformedBodyError extends AppError {
  constructor(cause: unknown) {
    super({ status: 400, code: 'BODY_MALFORMED', message: 'bodyMalformed', cause });
  }
}

export class BodyTooLargeError extends AppError {
  constructor() {
    super({ status: 413, code: 'BODY_TOO_LARGE', message: 'bodyTooLarge' });
  }
}

export class UnsupportedMediaTypeError extends AppError {
  constructor(expected: string) {
    super({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', message: 'unsupportedMediaType', details: { expected } });
  }
}

export class UnauthenticatedError extends AppError {
  constructor(cause?: unknown) {
    super({ status: 401, code: 'UNAUTHENTICATED', message: 'unauthenticated', cause });
  }
}

export class WrongCredentialsError extends AppError {
  constructor() {
    super({ status: 401, code: 'WRONG_CREDENTIALS', message: 'wrongCredentials' });
  }
}

/** Not 401: the token is good, and a new one would not help. */
export class WrongPasswordError extends AppError {
  constructor() {
    super({ status: 403, code: 'WRONG_PASSWORD', message: 'wrongPassword' });
  }
}

export class RefreshRefusedError extends AppError {
  constructor() {
    super({ status: 401, code: 'REFRESH_REFUSED', message: 'refreshRefused' });
  }
}

export class RateLimitedError extends AppError {
  constructor(retryAfter: number) {
    super({ status: 429, code: 'RATE_LIMITED', message: 'rateLimited', retryAfter });
  }
}

export class TooManyStreamsError extends AppError {
  constructor(limit: number) {
    super({ status: 429, code: 'TOO_MANY_STREAMS', message: 'tooManyStreams', details: { limit }, retryAfter: 10 });
  }
}

export class NotFoundError extends AppError {
  constructor(message: MessageKey = 'notFound', code = 'NOT_FOUND') {
    super({ status: 404, code, message });
  }
}

export class MethodNotAllowedError extends AppError {
  constructor(allowed: string[]) {
    super({ status: 405, code: 'METHOD_NOT_ALLOWED', message: 'methodNotAllowed', details: { allowed } });
  }
}

/** A page of another origin asks for a change. */
export class CrossOriginError extends AppError {
  constructor() {
    super({ status: 403, code: 'CROSS_ORIGIN', message: 'crossOrigin' });
  }
}

export class AccountTakenError extends AppError {
  constructor(fields: string[]) {
    super({ status: 409, code: 'ACCOUNT_TAKEN', message: 'accountTaken', details: { fields } });
  }
}

export class HostingExistsError extends AppError {
  constructor() {
    super({ status: 409, code: 'HOSTING_EXISTS', message: 'hostingExists' });
  }
}

export class HostingBusyError extends AppError {
  constructor() {
    super({ status: 409, code: 'HOSTING_BUSY', message: 'hostingBusy' });
  }
}

/** The hosting is not in a state in which this can be done. */
export class HostingStateError extends AppError {
  constructor(status: HostingStatus) {
    super({ status: 409, code: 'HOSTING_STATE', message: 'hostingState', details: { status } });
  }
}

export class KeyExistsError extends AppError {
  constructor() {
    super({ status: 409, code: 'KEY_EXISTS', message: 'keyExists' });
  }
}

export class TooManyKeysError extends AppError {
  constructor(maximum: number) {
    super({ status: 409, code: 'TOO_MANY_KEYS', message: 'tooManyKeys', details: { maximum } });
  }
}

/** The password is right, and the operator keeps the account shut. @param reason in the operator's words, where there is one */
export class AccountSuspendedError extends AppError {
  constructor(reason: string | null) {
    super({ status: 403, code: 'ACCOUNT_SUSPENDED', message: 'accountSuspended', details: { reason } });
  }
}

/** Only an operator may ask for this. */
export class ForbiddenError extends AppError {
  constructor() {
    super({ status: 403, code: 'FORBIDDEN', message: 'forbidden' });
  }
}

/** Operators are not suspended, and nobody changes their own role: somebody must be left who can undo it. */
export class UserProtectedError extends AppError {
  constructor() {
    super({ status: 409, code: 'USER_PROTECTED', message: 'userProtected' });
  }
}

/** Without an operator nobody could make another, but on the command line. */
export class LastOperatorError extends AppError {
  constructor() {
    super({ status: 409, code: 'LAST_OPERATOR', message: 'lastOperator' });
  }
}

export class NoCapacityError extends AppError {
  constructor(what: 'ports' | 'addresses') {
    super({ status: 503, code: 'NO_ROOM', message: 'noRoom', details: { exhausted: what }, retryAfter: 300 });
  }
}

/** A part that the request needs does not answer. */
export class PartDownError extends AppError {
  constructor(part: string, cause: unknown) {
    super({ status: 503, code: 'PART_DOWN', message: 'partDown', details: { part }, retryAfter: 10, cause });
  }
}

/** The operation that the request waited for failed; what a create made is gone again. */
export class OperationFailedError extends AppError {
  constructor(failed: { id: string; kind: OperationKind; step: string; error: OperationFailure }) {
    const { id, kind, step, error } = failed;
    const { code, status, message, console } = error;
    super({
      status,
      code,
      message: kind === 'create' ? 'createFailed' : 'operationFailed',
      details: { operation_id: id, step, reason: message, ...(console && { console }) },
      retryAfter: 30,
    });
  }
}

export class UnhealthyError extends AppError {
  constructor(details: object) {
    super({ status: 503, code: 'UNHEALTHY', message: 'unhealthy', details, retryAfter: 10 });
  }
}
