/** Machines that are prepared before they have a user, and the operations on them, which are nobody's. */
export async function up(query: (sql: string) => Promise<unknown>): Promise<void> {
  await query(`
    CREATE TABLE spares (
      machine_id integer PRIMARY KEY DEFAULT nextval('machine_ids'),
      state text NOT NULL CHECK (state IN ('preparing', 'asleep', 'claimed', 'adopted', 'discarding')),
      vm_ip inet NOT NULL CONSTRAINT spares_vm_ip UNIQUE,
      ssh_port integer NOT NULL CONSTRAINT spares_ssh_port UNIQUE,
      instance_id uuid NOT NULL,
      random_seed text NOT NULL,
      image text,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );

    ALTER TABLE operations
      ALTER COLUMN user_id DROP NOT NULL,
      ADD COLUMN machine_id integer,
      DROP CONSTRAINT operations_kind_check,
      ADD CONSTRAINT operations_kind_check CHECK (
        kind IN ('create', 'delete', 'start', 'stop', 'restart', 'keys', 'password', 'suspend', 'resume', 'route', 'sleep', 'wake',
          'prepare', 'discard')
      ),
      ADD CONSTRAINT operations_of_one CHECK (
        CASE WHEN kind IN ('prepare', 'discard') THEN user_id IS NULL AND machine_id IS NOT NULL
          ELSE user_id IS NOT NULL AND machine_id IS NULL END
      );
    CREATE UNIQUE INDEX operations_one_open_of_machine ON operations (machine_id) WHERE state IN ('queued', 'running');
    -- Demand is what was asked for of late.
    CREATE INDEX operations_creates ON operations (created_at) WHERE kind = 'create';
  `);
}
