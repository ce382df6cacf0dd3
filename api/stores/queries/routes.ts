import type { Database, Transaction } from '../database.ts';

/** Has the route of a user's site made anew, where there is a hosting: something that it is made of has changed. */
export async function raiseRouteRevision(database: Database, userId: number, transaction: Transaction): Promise<void> {
  await database.query('UPDATE hostings SET route_revision = route_revision + 1 WHERE user_id = $1', {
    bind: [userId],
    transaction,
  });
}
