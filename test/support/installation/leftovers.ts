import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:net';
import { once } from 'node:events';
import { hostingStack, machineNames } from '../../../programs/names.ts';
import { inPulumiState } from '../engine/state.ts';
import type { TestInstallation } from './installation.ts';
import { runAsOperator, virsh } from '../run.ts';

/** Names of the stacks that `pulumi stack ls` shows. */
export async function stackNames(test: TestInstallation): Promise<string[]> {
  const { stdout } = await runAsOperator(test, 'scripts/pulumi.sh', ['stack', 'ls', '--all', '--json']);
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name.split('/').at(-1) ?? name);
}

export async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(5_000) });
    return true;
  } catch {
    // Refused, which is the answer.
    return false;
  } finally {
    socket.destroy();
  }
}

/** Whether somebody speaks on a port. The proxy has all SSH ports of its range, and closes those that lead nowhere. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const signal = AbortSignal.timeout(5_000);
  try {
    const closed = once(socket, 'close', { signal }).then(() => false);
    return await Promise.race([once(socket, 'data', { signal }).then(() => true), closed]);
  } catch {
    // Refused, which is the answer.
    return false;
  } finally {
    socket.destroy();
  }
}

/** What is of machines that no hosting has, and that are no spare ones. */
async function strays({ database, directory, node }: TestInstallation, files: string[]): Promise<string[]> {
  const hostings = await database.models.Hosting.findAll();
  const spares = await database.models.Spare.findAll();
  const owned = new Set([...hostings, ...spares].map(({ machineId }) => machineNames(machineId).vmId));
  const isStray = (name: string) => !owned.has(/vm-\d+/.exec(name)?.[0] ?? '');
  const domains = (await virsh('list', '--all', '--name'))
    .split('\n')
    .filter((name) => /^vm-\d+$/.test(name) && isStray(name));
  // Other tests' are not ours.
  const ours = await Promise.all(domains.map(async (name) => (await virsh('dumpxml', name)).includes(directory)));
  const volumes = (await virsh('vol-list', '--pool', `webhoster-${node}`)).match(/vm-\d+\.\w+/g) ?? [];
  return [
    ...domains.filter((_, index) => ours[index]).map((name) => `the domain ${name}`),
    ...volumes.filter(isStray).map((name) => `the volume ${name}`),
    ...files.filter((file) => /vm-\d+/.test(file) && isStray(file)).map((name) => `the file ${name}`),
  ];
}

/** Everything of a user's hosting that is anywhere, as sentences; empty when all is gone. */
export async function whatIsLeft(test: TestInstallation, userId: number, sshPort?: number): Promise<string[]> {
  const stack = hostingStack(userId);
  const found: string[] = [];
  const note = (there: boolean, what: string) => there && found.push(what);
  const files = (folder: string) => readdirSync(join(test.directory, folder), { recursive: true }).map(String);
  found.push(...(await strays(test, files('vms'))));
  for (const file of files('proxy/sites').filter((file) => file.includes('/')))
    note(
      [`ids/${userId}`, `asleep/${userId}`].includes(file) ||
        readFileSync(join(test.directory, 'proxy/sites', file), 'utf8') === `${userId}\n`,
      `the route ${file}`,
    );
  note(sshPort !== undefined && (await answers(sshPort)), 'a machine behind its port');
  note((await stackNames(test)).includes(stack), 'a stack');
  note(
    await inPulumiState(test.installation.environment['PULUMI_BACKEND_URL'] ?? '', stack),
    "something in Pulumi's tables",
  );
  const [rows] = await test.database.query('SELECT user_id FROM hostings WHERE user_id = $1', { bind: [userId] });
  note(rows.length > 0, 'a hosting row');
  const [open] = await test.database.query(
    "SELECT id FROM operations WHERE user_id = $1 AND state IN ('queued', 'running')",
    { bind: [userId] },
  );
  note(open.length > 0, 'an open operation');
  return found;
}
