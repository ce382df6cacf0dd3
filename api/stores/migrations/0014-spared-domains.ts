/** Domains that were not let go as many were gone at once have a day once few are. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query('ALTER TABLE domains ADD COLUMN spared_at timestamptz');
}
