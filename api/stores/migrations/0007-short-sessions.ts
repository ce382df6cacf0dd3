/** Sessions of computers that others use too. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query('ALTER TABLE sessions ADD COLUMN stays boolean NOT NULL DEFAULT true');
}
