import type { Database } from '../stores/database.ts';
import { type Claim, ClaimLostError, leaseSeconds, renewClaim } from '../operations/claim.ts';

const renewalInterval = 4_000;
const checkInterval = 1_000;
/** Milliseconds without a renewal after which a claim counts as lost: well before anybody else may take it. */
const limit = (leaseSeconds - 8) * 1_000;

/**
 * Renews a claim until it is disposed of.
 * @param onLost called once, when another worker has the operation, or soon may because the database does not answer
 */
export function keepLease(database: Database, claim: Claim, onLost: (error: unknown) => void): Disposable {
  let renewed = claim.askedAt;
  const stop = () => {
    clearInterval(renewal);
    clearInterval(check);
  };
  const lose = (error: unknown) => {
    stop();
    onLost(error);
  };
  const renewal = setInterval(() => {
    const asked = performance.now();
    renewClaim(database, claim).then(
      () => (renewed = asked),
      // Any other error may pass; the check below gives up when it does not.
      (error: unknown) => error instanceof ClaimLostError && lose(error),
    );
  }, renewalInterval);
  const check = setInterval(() => {
    if (performance.now() - renewed >= limit) lose(new Error('the claim could not be renewed in time'));
  }, checkInterval);
  return { [Symbol.dispose]: stop };
}
