import pg from 'pg';

/** Whether Pulumi's tables have anything of a stack. */
export function inPulumiState(backendUrl: string, stack: string): Promise<boolean> {
  return withClient(backendUrl, async (client) => {
    const { rowCount } = await client.query('SELECT key FROM pulumi_state WHERE key LIKE $1', [`%/${stack}%`]);
    return (rowCount ?? 0) > 0;
  });
}

/** Does `work` while all of Pulumi's state is away. */
export function withoutState(backendUrl: string, work: () => Promise<unknown>): Promise<void> {
  return withClient(backendUrl, async (client) => {
    await client.query('ALTER TABLE pulumi_state RENAME TO kept_state');
    try {
      await work();
    } finally {
      await client.query('DROP TABLE IF EXISTS pulumi_state; ALTER TABLE kept_state RENAME TO pulumi_state');
    }
  });
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
