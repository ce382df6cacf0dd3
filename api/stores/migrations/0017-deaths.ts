/** How many workers died while they had an operation in hand. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query('ALTER TABLE operations ADD COLUMN deaths integer NOT NULL DEFAULT 0');
}
