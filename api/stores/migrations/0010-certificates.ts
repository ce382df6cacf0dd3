/** Certificates of hosts, and our accounts with those who issue them. Private keys are sealed: `api/certificates/seal.ts`. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    CREATE TABLE certificates (
      host text PRIMARY KEY,
      -- Null of the service's own.
      user_id integer REFERENCES users (id),
      chain text,
      sealed_key text,
      not_before timestamptz,
      not_after timestamptz,
      failures integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      problem_code text,
      problem_detail text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT certificates_are_whole CHECK (
        num_nulls(chain, sealed_key, not_before, not_after) IN (0, 4) AND num_nulls(problem_code, problem_detail) IN (0, 2)
      )
    );
    CREATE INDEX certificates_user_id ON certificates (user_id);
    CREATE INDEX certificates_next_attempt_at ON certificates (next_attempt_at);

    CREATE TABLE acme_accounts (
      directory text PRIMARY KEY,
      sealed_key text NOT NULL,
      -- Null until the authority knows it.
      url text,
      failures integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz NOT NULL DEFAULT now(),
      problem_code text,
      problem_detail text,
      -- Whose turn it is to order, and until when.
      worker text,
      lease_until timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
  `);
}
