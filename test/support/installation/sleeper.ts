// A hosting that is put to sleep and woken as workers and the proxy do it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { OperationKind, OperationState } from '../../../api/models/operation.ts';
import { requestSleep } from '../../../api/operations/sleep.ts';
import { askToWake, type Told } from '../api/activator.ts';
import { makeKey, ssh } from '../guest/guest.ts';
import { virsh } from '../run.ts';
import type { TestInstallation } from './installation.ts';
import { signUp, type TestUser } from './user.ts';

/** What libvirt tells of a VM. */
interface DomainFacts {
  state: string;
  startsWithNode: boolean;
  isSaved: boolean;
}

export class Sleeper {
  readonly user: TestUser;
  readonly vmId: string;
  readonly sshPort: number;
  /** Where libvirt keeps its memory. */
  readonly image: string;
  readonly #test: TestInstallation;
  readonly #key: string;

  private constructor(
    test: TestInstallation,
    user: TestUser,
    { key, hosting }: { key: string; hosting: { vm_id: string; ssh_port: number } },
  ) {
    this.#test = test;
    this.#key = key;
    this.user = user;
    this.sshPort = hosting.ssh_port;
    this.vmId = hosting.vm_id;
    this.image = `/var/lib/libvirt/qemu/save/${this.vmId}.save`;
  }

  static async make(test: TestInstallation): Promise<Sleeper> {
    const user = await signUp(test.url);
    const { file: key, publicKey } = makeKey(test.directory, user.username);
    const created = await user.call('POST', '/host', { body: { ssh_public_keys: [publicKey] } });
    if (created.status !== 201) throw new Error(created.text);
    return new Sleeper(test, user, { key, hosting: created.body.data.hosting });
  }

  /** Runs a command in the guest, by the way of its user. */
  async run(command: string): Promise<string> {
    return (await ssh(this.sshPort, { key: this.#key }, command)).trim();
  }

  /** Has it sleep, and waits until it does. */
  async sleep(): Promise<void> {
    await requestSleep(this.#test.database, this.user.userId, 'idle');
    const { state } = await this.latestEnded('sleep');
    if (state !== 'succeeded') throw new Error('it did not fall asleep');
  }

  /** Comes as a visitor does for whom the proxy asks. */
  wake(address?: string): Promise<Told> {
    const { environment } = this.#test.installation;
    return askToWake(environment['ACTIVATOR_SOCKET'] ?? '', this.user.userId, address);
  }

  /** Waits until the latest operation, which is of this kind, has ended. */
  async latestEnded(kind: OperationKind): Promise<{ state: OperationState; attempt: number }> {
    const { Operation } = this.#test.database.models;
    for (;;) {
      const order: [string, string][] = [['createdAt', 'DESC']];
      const latest = await Operation.findOne({ where: { userId: this.user.userId }, order, rejectOnEmpty: true });
      if (latest.kind === kind && latest.endedAt !== null) return latest;
      await delay(100);
    }
  }

  async domain(): Promise<DomainFacts> {
    const facts = await virsh('dominfo', this.vmId);
    const told = (name: string) => new RegExp(`^${name}: +(.+)$`, 'm').exec(facts)?.[1] ?? '';
    const isSaved = told('Managed save') === 'yes';
    return { state: told('State'), startsWithNode: told('Autostart') === 'enable', isSaved };
  }

  /** Whether the proxy is told that it sleeps. */
  get isMarked(): boolean {
    return existsSync(join(this.#test.directory, 'proxy/sites/asleep', String(this.user.userId)));
  }

  async hosting() {
    return (await this.user.call('GET', '/host/my')).body.data.hosting;
  }

  async page(): Promise<number> {
    const response = await fetch(`${this.#test.url}/${this.user.userId}/`, { signal: AbortSignal.timeout(60_000) });
    return response.status;
  }
}
