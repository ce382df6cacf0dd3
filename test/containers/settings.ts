import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../support/run.ts';
import type { Checkout } from './checkout.ts';

/** Writes settings into .env, as an operator does who then runs scripts/docker-start.sh again. */
export function writeSettings({ directory }: Checkout, settings: Record<string, string>): void {
  const file = join(directory, '.env');
  const isOther = (line: string) => line !== '' && !((line.split('=')[0] ?? '') in settings);
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const kept = readFileSync(file, 'utf8').split('\n').filter(isOther);
  writeFileSync(file, [...kept, ...lines, ''].join('\n'));
}

/** The address of this machine at which containers reach it, as they do the proxy: Docker itself does not tell of a bridge that it found. */
export async function addressForContainers(): Promise<string> {
  const { stdout } = await run('ip', ['-json', '-4', 'address', 'show', 'dev', 'docker0']);
  const [bridge] = JSON.parse(stdout) as { addr_info: { local: string }[] }[];
  const address = bridge?.addr_info[0]?.local;
  if (!address) throw new Error('Docker’s bridge has no address.');
  return address;
}

/** Asks the users' database. @returns values, of rows and columns as psql has them without any decoration */
export async function query({ project }: Checkout, sql: string): Promise<string> {
  const psql = ['psql', '-h', '/tmp', '-U', 'postgres', '-d', 'webhoster', '-Atc', sql];
  return (await run('docker', ['exec', `${project}_postgres_1`, ...psql])).stdout.trim();
}
