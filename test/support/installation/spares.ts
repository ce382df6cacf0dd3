// Spare machines of an installation, and users who are given one.
import { setTimeout as delay } from 'node:timers/promises';
import type { Spare } from '../../../api/models/spare.ts';
import { makeKey, ssh } from '../guest/guest.ts';
import type { TestInstallation } from './installation.ts';
import { signUp, type TestUser } from './user.ts';

/** Waits until a spare machine is ready. */
export async function untilSpare({ database }: TestInstallation): Promise<Spare> {
  for (;;) {
    const ready = await database.models.Spare.findOne({ where: { state: 'asleep' } });
    if (ready) return ready;
    await delay(500);
  }
}

export interface Owner {
  user: TestUser;
  machineId: number;
  vmId: string;
  sshPort: number;
  /** Runs a command on their machine. */
  run: (command: string) => Promise<string>;
  /** The text of their page. */
  page: () => Promise<string>;
}

/** A user who has just made a hosting, with a key. */
export async function makeOwner(test: TestInstallation, user?: TestUser): Promise<Owner> {
  const owner = user ?? (await signUp(test.url));
  const { file: key, publicKey } = makeKey(test.directory, owner.username);
  const created = await owner.call('POST', '/host', { body: { ssh_public_keys: [publicKey] } });
  if (created.status !== 201) throw new Error(created.text);
  const { ssh_port: sshPort, vm_id: vmId } = created.body.data.hosting;
  const { machineId } = await test.database.models.Hosting.findByPk(owner.userId, { rejectOnEmpty: true });
  const run = async (command: string) => (await ssh(sshPort, { key }, command)).trim();
  const page = async () =>
    (await fetch(`${test.url}/${owner.userId}/`, { signal: AbortSignal.timeout(60_000) })).text();
  return { user: owner, machineId, vmId, sshPort, run, page };
}
