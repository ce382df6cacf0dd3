/** Why a user is suspended, in the operator's words for them. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE users
      ADD COLUMN suspension_reason text,
      ADD CONSTRAINT users_reason_of_suspension CHECK (suspension_reason IS NULL OR suspended_at IS NOT NULL);
  `);
}
