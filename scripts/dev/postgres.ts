import { chownSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import pg from 'pg';
import { Service } from './service.ts';
import { unixUser } from './users.ts';

export interface PostgresOptions {
  directory: string;
  logs: string;
  port: number;
  password: string;
}

const superuser = 'webhoster';
const databases = ['webhoster', 'pulumi'];

export function postgresUrl({ port, password }: { port: number; password: string }, database: string): string {
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

/** Starts PostgreSQL on a cluster of its own, which is made on the first start. */
export async function startPostgres(options: PostgresOptions): Promise<Service> {
  const { directory, logs, port } = options;
  const user = unixUser('postgres');
  if (!existsSync(join(directory, 'PG_VERSION'))) initialize(options, user);
  const service = new Service({
    name: 'postgres',
    command: [binary(directory, 'postgres'), '-D', directory, '-p', String(port), '-h', '127.0.0.1', '-k', directory],
    log: join(logs, 'postgres.log'),
    user,
    stopSignal: 'SIGINT',
  });
  await service.untilReady(() => createDatabases(options));
  return service;
}

function initialize({ directory, password }: PostgresOptions, user: { uid: number; gid: number }): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chownSync(directory, user.uid, user.gid);
  const passwordFile = `${directory}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  chownSync(passwordFile, user.uid, user.gid);
  try {
    const options = [
      '-D',
      directory,
      '-U',
      superuser,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
    ];
    execaSync(binary(directory, 'initdb'), options, { ...user, timeout: 120_000 });
  } finally {
    rmSync(passwordFile);
  }
}

async function createDatabases(options: PostgresOptions): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgresUrl(options, 'postgres'), connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    const existing = rows.map((row) => row.datname);
    for (const name of databases.filter((name) => !existing.includes(name)))
      await client.query(`CREATE DATABASE ${name}`);
    return true;
  } finally {
    await client.end();
  }
}

/**
 * Debian keeps the server's programs in a folder for each version, and not on PATH. A cluster stays with the version that
 * made it.
 */
function binary(directory: string, name: string): string {
  const versionFile = join(directory, 'PG_VERSION');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : '*';
  const found = globSync(`/usr/lib/postgresql/${version}/bin/${name}`).sort((one, other) =>
    one.localeCompare(other, 'en', { numeric: true }),
  );
  const newest = found.at(-1);
  if (!newest) throw new Error(`PostgreSQL (version ${version}) is not installed. Run scripts/install-packages.sh.`);
  return newest;
}
