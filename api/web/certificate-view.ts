import { texts } from '../../templates/web/texts.ts';
import type { Language } from '../messages.ts';
import type { CertificateData } from './answers.ts';
import { moment } from './format.ts';

/** What a page shows of the certificate of a host. */
export function viewCertificate({ state, expires_at: expires, problem }: CertificateData, language: Language) {
  return {
    state,
    expires: moment(expires),
    problem,
    because: problem && becauseOf(problem.code, language),
    next: moment(problem?.next_attempt_at ?? null),
  };
}

export function becauseOf(code: string, language: Language): string {
  const { certificates } = texts[language];
  return (certificates as Record<string, string | undefined>)[`because_${code}`] ?? certificates.because_other;
}
