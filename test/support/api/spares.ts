// Spare machines as rows, of an api whose worker a test is.
import { randomUUID } from 'node:crypto';
import type { OperationKind } from '../../../api/models/operation.ts';
import type { SpareState } from '../../../api/models/spare.ts';
import { reconcileSpares, type SparePlan } from '../../../api/operations/spares.ts';
import { startApi, type TestApi } from './api.ts';
import { call, makeAccounts, respondAsync } from './calls.ts';

const range = { network: '10.9.0.0/16', firstPort: 20000, lastPort: 29999 };
const plan: SparePlan = { least: 2, most: 4, range, image: 'today', unsaved: [], hasRoom: true };

export class SpareRows {
  readonly api: TestApi;
  #made = 0;

  private constructor(api: TestApi) {
    this.api = api;
  }

  static async start(): Promise<SpareRows> {
    const ports = { SSH_PORT_FIRST: String(range.firstPort), SSH_PORT_LAST: String(range.lastPort) };
    return new SpareRows(await startApi({ variables: { VM_NETWORK: range.network, ...ports } }));
  }

  /** Leaves no spare machine, no hosting, and no operation. */
  async clear(): Promise<void> {
    const { Spare, Operation, SshKey, Hosting } = this.api.models;
    await Spare.destroy({ where: {} });
    await Operation.destroy({ where: {} });
    await SshKey.destroy({ where: {} });
    await Hosting.destroy({ where: {} });
  }

  /** @returns its id */
  async make(state: SpareState = 'asleep', changes: object = {}): Promise<number> {
    const number = (this.#made += 1);
    const place = { vmIp: `10.9.${200 + Math.floor(number / 250)}.${1 + (number % 250)}`, sshPort: 29_999 - number };
    const identity = { instanceId: randomUUID(), randomSeed: 'c2VlZA==', image: 'today' };
    const { machineId } = await this.api.models.Spare.create({ state, ...place, ...identity, ...changes });
    return machineId;
  }

  reconcile(changes: Partial<SparePlan> = {}): Promise<void> {
    return reconcileSpares(this.api.services.database, { ...plan, ...changes });
  }

  /** Of which machines an operation of this kind waits or goes on. */
  async asked(kind: OperationKind): Promise<(number | null)[]> {
    const where = { kind, state: ['queued', 'running'] as ('queued' | 'running')[] };
    const operations = await this.api.models.Operation.findAll({ where, order: ['machineId'] });
    return operations.map(({ machineId }) => machineId);
  }

  /** Has so many users ask for a hosting at once. */
  async createAll(count: number) {
    const accounts = await makeAccounts(this.api, count);
    const answers = await Promise.all(
      accounts.map(({ token }) => call(this.api, 'POST', '/host', { token, headers: respondAsync })),
    );
    return { accounts, answers };
  }
}
