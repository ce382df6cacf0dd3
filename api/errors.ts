import { errorCatalogue, type ErrorCode, type ErrorFacts } from './error-catalogue.ts';
import { messages, type Sentence } from './messages.ts';
import type { HostingStatus } from './models/hosting.ts';
import type { OperationFailure, OperationKind } from './models/operation.ts';

interface Particulars {
  /** Facts that help the client to repair its request. Never a secret. */
  details?: unknown;
  /** Seconds, where they are not always the same. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/**
 * An error that a client may see; `recognize` gives all others one (http/middleware/errors.ts). Those that need to be told from
 * others, or whose details are given in several places, have a class of their own.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly sentence: Sentence;
  readonly details: unknown;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, particulars?: Particulars);
  constructor(code: string, particulars: Particulars & { facts: ErrorFacts });
  constructor(code: string, particulars: Particulars & { facts?: ErrorFacts } = {}) {
    const { facts = errorCatalogue[code as ErrorCode], details = null, retryAfter, cause } = particulars;
    super(code, { cause });
    this.name = new.target.name;
    this.code = code;
    this.status = facts.status;
    this.sentence = facts;
    this.details = details;
    this.retryAfter = retryAfter ?? facts.retryAfter;
  }
}

/** One complaint about a request: where, and what to do. */
export interface Issue {
  path: string;
  message: string;
}

export class ValidationError extends AppError {
  constructor(issues: Issue[]) {
    super('VALIDATION_FAILED', { details: issues });
  }
}

export class UnsupportedMediaTypeError extends AppError {
  constructor(expected: string) {
    super('UNSUPPORTED_MEDIA_TYPE', { details: { expected } });
  }
}

export class UnauthenticatedError extends AppError {
  constructor(cause?: unknown) {
    super('UNAUTHENTICATED', { cause });
  }
}

export class NotFoundError extends AppError {
  constructor(code: Extract<ErrorCode, `${string}NOT_FOUND`> = 'NOT_FOUND') {
    super(code);
  }
}

export class AccountTakenError extends AppError {
  constructor(fields: string[]) {
    super('ACCOUNT_TAKEN', { details: { fields } });
  }
}

export class HostingBusyError extends AppError {
  constructor() {
    super('HOSTING_BUSY');
  }
}

/** The hosting is not in a state in which this can be done. */
export class HostingStateError extends AppError {
  constructor(status: HostingStatus) {
    super('HOSTING_STATE', { details: { status } });
  }
}

/** The operation that the request waited for failed; what a create made is gone again. */
export class OperationFailedError extends AppError {
  constructor(failed: { id: string; kind: OperationKind; step: string; error: OperationFailure }) {
    const { id, kind, step, error } = failed;
    const { code, status, message, console } = error;
    super(code, {
      facts: { status, retryAfter: 30, ...messages[kind === 'create' ? 'createFailed' : 'operationFailed'] },
      details: { operation_id: id, step, reason: message, ...(console && { console }) },
    });
  }
}
