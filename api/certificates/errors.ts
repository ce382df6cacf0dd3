/** Problem types of RFC 8555, section 6.7, that say something of the authority or of our account there, and nothing of one host. */
const ofAuthority = [
  'accountDoesNotExist',
  'externalAccountRequired',
  'rateLimited',
  'serverInternal',
  'userActionRequired',
];

/** Codes of what went wrong otherwise, and whether other hosts would meet with the same. */
const ofOurs = {
  /** It does not answer, or not in time. */
  unreachable: true,
  /** Its answer is not what RFC 8555 says. */
  unintelligible: true,
  /** It has not decided in the time that an order has. */
  undecided: true,
  /** It makes no account for us. */
  accountRefused: true,
  /** A fault of ours. */
  internal: true,
  /** The proxy does not show what the authority is to see. */
  unproven: false,
} as const;

/** Characters that are kept of what an authority says. */
const longestDetail = 500;

interface Particulars {
  /** Seconds that the authority asks to wait. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** A certificate could not be had; the message is in the authority's own words where it said something. */
export class CertificateError extends Error {
  override name = 'CertificateError';
  /** Like `rateLimited`, the last part of a problem's type, or one of ours. */
  readonly code: string;
  readonly retryAfter: number | undefined;

  constructor(code: keyof typeof ofOurs | (string & {}), detail: string, { retryAfter, cause }: Particulars = {}) {
    super(bounded(detail), { cause });
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether other hosts would meet with the same. */
  get isOfAuthority(): boolean {
    return ofAuthority.includes(this.code) || ofOurs[this.code as keyof typeof ofOurs] === true;
  }
}

/** One line of bounded length, without what only terminals understand. */
function bounded(text: string): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > longestDetail ? `${line.slice(0, longestDetail - 1)}…` : line;
}
