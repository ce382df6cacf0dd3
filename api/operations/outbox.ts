import { QueryTypes, type Sequelize } from 'sequelize';
import type { Services } from '../services.ts';
import type { OperationQueue } from './queue.ts';

/**
 * Moves every outbox entry to the queue. An entry goes only after its job was accepted, so a crash in between means
 * that a job comes twice, which the claim makes harmless, and never that one is lost.
 * @returns how many were moved.
 */
export async function publishOutbox(database: Sequelize, queue: OperationQueue): Promise<number> {
  return database.transaction(async (transaction) => {
    const entries = await database.query<{ id: string; kind: string; attempt: number }>(
      `SELECT operations.id, kind, attempt FROM outbox JOIN operations ON operations.id = operation_id
       ORDER BY outbox.created_at LIMIT 100 FOR UPDATE OF outbox SKIP LOCKED`,
      { type: QueryTypes.SELECT, transaction },
    );
    for (const { id, kind, attempt } of entries) {
      await queue.add(kind, { operationId: id }, { jobId: `${id}-${attempt}` });
      await database.query('DELETE FROM outbox WHERE operation_id = $1', { bind: [id], transaction });
    }
    return entries.length;
  });
}

/** Moves outbox entries to the queue if it takes them now; otherwise they are safe in their table, and a worker does it later. */
export async function publishOrLeave({ database, queue, logger }: Services): Promise<void> {
  await publishOutbox(database, queue).catch((error: unknown) => {
    logger.warn({ err: error }, 'the queue does not take operations');
  });
}

/**
 * Puts operations into the outbox that nobody is working on: those whose claim lapsed (their worker died), and those
 * which have waited so long that their job may have been lost with Redis.
 */
export async function sweepOperations(database: Sequelize): Promise<void> {
  await database.query(
    `INSERT INTO outbox (operation_id)
     SELECT id FROM operations
     WHERE (state = 'running' AND lease_until < now()) OR (state = 'queued' AND created_at < now() - interval '15 seconds')
     ON CONFLICT DO NOTHING`,
  );
}
