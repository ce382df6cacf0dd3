/** Power, keys by name, roles, and users that the operator suspended. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    ALTER TABLE users
      ADD COLUMN role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'operator')),
      ADD COLUMN suspended_at timestamptz;

    ALTER TABLE hostings
      DROP CONSTRAINT hostings_status_check,
      ADD CONSTRAINT hostings_status_check CHECK (
        status IN ('creating', 'running', 'stopped', 'suspended', 'updating', 'deleting', 'failed')
      ),
      ADD COLUMN powered boolean NOT NULL DEFAULT true,
      ADD COLUMN started_at timestamptz;
    UPDATE hostings SET started_at = updated_at WHERE status = 'running';

    CREATE TABLE ssh_keys (
      id uuid PRIMARY KEY,
      user_id integer NOT NULL REFERENCES hostings (user_id) ON DELETE CASCADE,
      name text NOT NULL,
      public_key text NOT NULL,
      fingerprint text NOT NULL,
      state text NOT NULL CHECK (state IN ('pending', 'installed', 'removing')),
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT ssh_keys_fingerprint UNIQUE (user_id, fingerprint)
    );
    INSERT INTO ssh_keys (id, user_id, name, public_key, fingerprint, state)
      SELECT DISTINCT ON (user_id, key) gen_random_uuid(), user_id, coalesce(nullif(split_part(key, ' ', 3), ''), 'key'), key,
        'SHA256:' || rtrim(encode(sha256(decode(split_part(key, ' ', 2), 'base64')), 'base64'), '='), 'installed'
      FROM hostings, jsonb_array_elements_text(ssh_public_keys) AS key
      ON CONFLICT DO NOTHING;
    ALTER TABLE hostings DROP COLUMN ssh_public_keys;

    ALTER TABLE operations
      DROP CONSTRAINT operations_kind_check,
      ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('create', 'delete', 'start', 'stop', 'restart', 'keys', 'suspend', 'resume')
      );
    CREATE INDEX operations_by_user ON operations (user_id, created_at);
    CREATE INDEX operations_by_time ON operations (created_at);
    CREATE INDEX operations_succeeded ON operations (kind, ended_at) WHERE state = 'succeeded';
  `);
}
