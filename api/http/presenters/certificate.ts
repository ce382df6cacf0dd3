import { stateOf } from '../../certificates/report.ts';
import type { AcmeAccount } from '../../models/certificate.ts';
import type { ShownCertificate } from '../../stores/queries/hostings.ts';

/** What whose host it is may know of a certificate, of which there may be none. */
export function presentCertificate(row: ShownCertificate | null) {
  return { state: stateOf(row), expires_at: row?.notAfter?.toISOString() ?? null, problem: row && presentProblem(row) };
}

/** Why the last attempt failed; null when it did not. */
export function presentProblem(
  row: ShownCertificate | Pick<AcmeAccount, 'problemCode' | 'problemDetail' | 'nextAttemptAt'>,
) {
  const { problemCode: code, problemDetail: message, nextAttemptAt } = row;
  return code === null || message === null ? null : { code, message, next_attempt_at: nextAttemptAt.toISOString() };
}
