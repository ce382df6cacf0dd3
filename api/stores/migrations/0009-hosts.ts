/** Hosts of sites' own: what a hosting's route was made for, so that it can follow what has changed since. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE hostings
      ADD COLUMN routed_host text,
      ADD COLUMN route_revision integer NOT NULL DEFAULT 0,
      ADD COLUMN routed_revision integer NOT NULL DEFAULT 0;

    ALTER TABLE operations
      DROP CONSTRAINT operations_kind_check,
      ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('create', 'delete', 'start', 'stop', 'restart', 'keys', 'password', 'suspend', 'resume', 'route')
      );
  `);
}
