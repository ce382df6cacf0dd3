/** The operations are the queue: no outbox beside them, and an index of the open ones in their order. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    -- What it names is queued, or running under a claim that will have lapsed, and is found there.
    DROP TABLE outbox;
    CREATE INDEX operations_open ON operations (created_at) WHERE state IN ('queued', 'running');
  `);
}
