/** Another one-time password for a machine that is there. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE hostings ADD COLUMN next_password_hash text;

    ALTER TABLE operations
      DROP CONSTRAINT operations_kind_check,
      ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('create', 'delete', 'start', 'stop', 'restart', 'keys', 'password', 'suspend', 'resume')
      );
  `);
}
