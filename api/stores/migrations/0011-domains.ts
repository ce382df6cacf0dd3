/** Domains of users' own, at which their sites are too. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    CREATE TABLE domains (
      id uuid PRIMARY KEY,
      user_id integer NOT NULL REFERENCES users (id),
      name text NOT NULL,
      token text NOT NULL,
      state text NOT NULL CHECK (state IN ('unproven', 'active', 'lapsing', 'released')),
      findings jsonb,
      checked_at timestamptz,
      next_check_at timestamptz,
      gone_since timestamptz,
      released_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT domains_once_each UNIQUE (user_id, name)
    );
    -- Whoever proves that a domain is theirs has it; who only says so keeps nobody from it.
    CREATE UNIQUE INDEX domains_one_owner ON domains (name) WHERE state IN ('active', 'lapsing');
    CREATE INDEX domains_due ON domains (next_check_at) WHERE next_check_at IS NOT NULL;
  `);
}
