/** Names that people may share, beside one that only one has; and what an operation does with a key. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    -- What a name is taken for at a glance: two with the same are one too many.
    CREATE FUNCTION lookalike_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT translate(replace(replace(name, 'rn', 'm'), 'vv', 'w'), '01', 'ol')
    $$;

    DROP INDEX users_username;
    ALTER TABLE users
      ADD COLUMN site_name text,
      ADD COLUMN site_name_key text GENERATED ALWAYS AS (lookalike_key(site_name)) STORED;

    -- Who has a username that may be a site's name keeps it; of those that look the same, who came first.
    WITH wished AS (
      SELECT id, translate(lower(username), '_.', '--') AS name FROM users WHERE deleted_at IS NULL
    ), fit AS (
      SELECT id, name, row_number() OVER (PARTITION BY lookalike_key(name) ORDER BY id) AS place FROM wished
      WHERE length(name) BETWEEN 3 AND 32 AND name ~ '^([0-9]-?)*[a-z](-?[a-z0-9])*$' AND name !~ '^(user-?[0-9lo]+$|xn-)'
        AND regexp_replace(name, '-?[0-9]+$', '') NOT IN (
          'admin', 'administrator', 'api', 'app', 'auth', 'autoconfig', 'autodiscover', 'docs', 'ftp', 'host', 'hostmaster',
          'imap', 'localhost', 'login', 'mail', 'operator', 'postmaster', 'proxy', 'root', 'smtp', 'staff', 'support',
          'system', 'webhoster', 'webmaster', 'wpad', 'www'
        )
    )
    UPDATE users SET site_name = coalesce((SELECT name FROM fit WHERE fit.id = users.id AND place = 1), 'user-' || id)
      WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX users_site_name ON users (site_name_key);

    -- A user for whom no other name was found.
    CREATE FUNCTION name_site_by_id() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.site_name := 'user-' || NEW.id;
        RETURN NEW;
      END
    $$;
    CREATE TRIGGER users_site_name BEFORE INSERT ON users FOR EACH ROW
      WHEN (NEW.site_name IS NULL AND NEW.deleted_at IS NULL) EXECUTE FUNCTION name_site_by_id();

    ALTER TABLE users
      DROP CONSTRAINT users_deleted_are_empty,
      ADD CONSTRAINT users_deleted_are_empty CHECK (
        CASE WHEN deleted_at IS NULL THEN num_nulls(email, username, password_hash, site_name) = 0
        ELSE num_nonnulls(email, username, password_hash, site_name) = 0 END
      );

    -- Names that are kept from others for a while, as links and bookmarks still lead there.
    CREATE TABLE given_up_site_names (
      name text PRIMARY KEY,
      name_key text GENERATED ALWAYS AS (lookalike_key(name)) STORED,
      user_id integer NOT NULL,
      given_up_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX given_up_site_names_by_key ON given_up_site_names (name_key);

    ALTER TABLE operations ADD COLUMN key_change text CHECK (key_change IN ('add', 'remove'));
  `);
}
