/** What keeps one user from using up what authorities issue for all, and certificates for who comes back to a host. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE certificates
      -- Kept for a while, should its user come back to the host; shown and renewed no more.
      ADD COLUMN unwanted_since timestamptz,
      DROP CONSTRAINT certificates_are_whole,
      -- The key of one that has lapsed is forgotten.
      ADD CONSTRAINT certificates_are_whole CHECK (
        num_nulls(chain, not_before, not_after) IN (0, 3) AND num_nulls(problem_code, problem_detail) IN (0, 2)
          AND (sealed_key IS NULL OR chain IS NOT NULL)
      );

    -- First orders for hosts of users, of the last week.
    CREATE TABLE certificate_orders (
      user_id integer NOT NULL REFERENCES users (id),
      host text NOT NULL,
      ordered_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX certificate_orders_by_user ON certificate_orders (user_id, ordered_at);

    -- A name that its user went back to is not kept for them besides.
    DELETE FROM given_up_site_names USING users WHERE name = site_name AND user_id = users.id;
  `);
}
