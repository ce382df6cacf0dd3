/** Machines that sleep: since when and why, and whether the saved memory may have been resumed; the operations for it. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE hostings
      DROP CONSTRAINT hostings_status_check,
      ADD CONSTRAINT hostings_status_check CHECK (
        status IN ('creating', 'running', 'asleep', 'stopped', 'suspended', 'updating', 'deleting', 'failed')
      ),
      ADD COLUMN sleep text NOT NULL DEFAULT 'auto' CHECK (sleep IN ('auto', 'never')),
      ADD COLUMN asleep_since timestamptz,
      ADD COLUMN asleep_reason text CHECK (asleep_reason IN ('idle', 'saved')),
      ADD COLUMN image_spent boolean NOT NULL DEFAULT false;

    ALTER TABLE operations
      DROP CONSTRAINT operations_kind_check,
      ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('create', 'delete', 'start', 'stop', 'restart', 'keys', 'password', 'suspend', 'resume', 'route', 'sleep', 'wake')
      );
  `);
}
