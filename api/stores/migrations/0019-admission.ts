/** Machines that sleep so that another has room, and when an operation was let have a machine's memory. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE hostings
      DROP CONSTRAINT hostings_asleep_reason_check,
      ADD CONSTRAINT hostings_asleep_reason_check CHECK (asleep_reason IN ('idle', 'saved', 'room'));

    ALTER TABLE operations ADD COLUMN admitted_at timestamptz;
  `);
}
