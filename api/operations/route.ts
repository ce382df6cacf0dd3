import type { Database } from '../stores/database.ts';
import { systemActor } from '../audit.ts';
import { usersWithFormerRoute } from '../stores/queries/reconciliation.ts';
import { inOperationTransactionUnlessBusy, enqueue, lockHosting } from './enqueue.ts';

/**
 * Asks for the route of each hosting to follow what it is made of: its user's site name, `SITES_DOMAIN`, and whatever raises its
 * `route_revision`. What failed is asked for again ten minutes later.
 * @param domain below which sites have their hosts; empty where they have none
 */
export async function reconcileRoutes(database: Database, domain: string): Promise<void> {
  for (const userId of await usersWithFormerRoute(database, domain)) {
    await inOperationTransactionUnlessBusy(database, async (transaction) => {
      await lockHosting(database, userId, transaction);
      await enqueue(database, { kind: 'route', userId, actor: systemActor }, transaction);
    });
  }
}
