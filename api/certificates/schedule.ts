const minute = 60_000;
const day = 24 * 60 * minute;
/** The longest that an authority is believed when it asks to wait. */
const longestWait = 7 * day;

/** Milliseconds after so many failures in a row: one minute, doubling to a day. */
export function backOff(failures: number): number {
  return Math.min(minute * 2 ** Math.max(failures - 1, 0), day);
}

/** When to try again after so many failures. @param retryAfter seconds that the authority asks to wait */
export function nextAttempt(failures: number, retryAfter = 0): Date {
  return new Date(Date.now() + Math.max(backOff(failures), Math.min(retryAfter * 1_000, longestWait)));
}

/** When two thirds of a certificate's life are over. */
export function renewalOf({ notBefore, notAfter }: { notBefore: Date; notAfter: Date }): Date {
  const life = notAfter.getTime() - notBefore.getTime();
  return new Date(notBefore.getTime() + (life * 2) / 3);
}
