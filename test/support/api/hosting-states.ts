// Hostings in each state that a page shows, as workers leave their rows.
import { onBehalfOf } from '../../../api/audit.ts';
import type { Findings } from '../../../api/models/domain.ts';
import type { HostingStatus } from '../../../api/models/hosting.ts';
import type { OperationStep } from '../../../api/models/operation.ts';
import { type Claim, recordStep } from '../../../api/operations/claim.ts';
import { requestPower } from '../../../api/operations/power.ts';
import { announceProgress } from '../../../api/operations/progress.ts';
import type { TestApi } from './api.ts';
import { type Account, makeAccount } from './calls.ts';
import { claim, endAsAsked, makeHosting, queueCreate } from './operations.ts';

const fingerprints = ['uNiVztksCsDhcc0u9e8BrsN1e0N8CbVPW2nLYzLwGIw', '8BrsN1e0N8CbVPW2nLYzLwGIwuNiVztksCsDhcc0u9e'];

const serverAddresses = ['203.0.113.7', '2001:db8:1234:5678:9abc:def0:1234:5678'];
const found: Findings = { missing: [], serverAddresses };
const lacking: Findings = {
  missing: [
    { code: 'points_elsewhere', found: ['198.51.100.7', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'] },
    { code: 'other_record', found: ['x'.repeat(100)] },
  ],
  serverAddresses,
};

/** A worker that does what the test says, step by step. */
export class SlowWorker {
  readonly #api: TestApi;
  readonly #claim: Claim;

  private constructor(api: TestApi, claimed: Claim) {
    this.#api = api;
    this.#claim = claimed;
  }

  static async take(api: TestApi, operationId: string): Promise<SlowWorker> {
    return new SlowWorker(api, await claim(api.stores.database, operationId));
  }

  /** The one of a user's operation that is queued. */
  static async of(api: TestApi, { id: userId }: Pick<Account, 'id'>): Promise<SlowWorker> {
    const { id } = await api.models.Operation.findOne({ where: { userId, state: 'queued' }, rejectOnEmpty: true });
    return SlowWorker.take(api, id);
  }

  async reach(step: OperationStep): Promise<void> {
    await recordStep(this.#api.stores.database, this.#claim, step);
    await announceProgress(this.#api.services, this.#claim.operation.id);
  }

  async end(error?: { code: string; status: number; message: string; console?: string[] }): Promise<void> {
    await endAsAsked(this.#api.stores.database, this.#claim, error);
    await announceProgress(this.#api.services, this.#claim.operation.id);
  }
}

async function startCreate(api: TestApi, step: OperationStep): Promise<[Account, SlowWorker]> {
  const account = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, account.id);
  const worker = await SlowWorker.take(api, id);
  await worker.reach(step);
  return [account, worker];
}

/** Accounts by the state that their hosting is in. */
export const hostingStates = {
  empty: makeAccount,
  creating: async (api: TestApi) => {
    const [account] = await startCreate(api, 'web');
    return account;
  },
  failed: async (api: TestApi) => {
    const [account, worker] = await startCreate(api, 'web');
    const console = ['[  OK  ] Reached target Basic System.', '[FAILED] Failed to start nginx.service.'];
    await worker.end({ code: 'VM_NOT_READY', status: 504, message: 'The page did not answer in time.', console });
    return account;
  },
  running: async (api: TestApi) => {
    const account = await makeAccount(api);
    await makeHosting(api.stores.database, account.id);
    const startedAt = new Date(Date.now() - 8_040_000);
    await api.models.Hosting.update({ startedAt }, { where: { userId: account.id } });
    const key = { userId: account.id, publicKey: 'ssh-ed25519 AAAA' };
    await api.models.SshKey.bulkCreate([
      { ...key, name: '집 노트북', fingerprint: `SHA256:${fingerprints[0]}`, state: 'installed' },
      { ...key, name: 'office', fingerprint: `SHA256:${fingerprints[1]}`, state: 'pending' },
    ]);
    await api.models.Domain.bulkCreate([
      {
        userId: account.id,
        name: `www.shop-${account.id}.com`,
        token: 'x'.repeat(24),
        state: 'active',
        findings: found,
      },
      { userId: account.id, name: `xn--bj0bj06e.shop-${account.id}.com`, token: 'y'.repeat(24), findings: lacking },
    ]);
    return account;
  },
  stopped: async (api: TestApi) => {
    const account = await makeAccount(api);
    await makeHosting(api.stores.database, account.id);
    await api.models.Hosting.update({ status: 'stopped', startedAt: null }, { where: { userId: account.id } });
    return account;
  },
  asleep: async (api: TestApi) => {
    const account = await makeAccount(api);
    await makeHosting(api.stores.database, account.id);
    const row = { status: 'asleep', startedAt: null, asleepSince: new Date(), asleepReason: 'idle' } as const;
    await api.models.Hosting.update(row, { where: { userId: account.id } });
    return account;
  },
  restarting: async (api: TestApi) => {
    const account = await makeAccount(api);
    await makeHosting(api.stores.database, account.id);
    const { id } = await requestPower(api.stores.database, 'restart', onBehalfOf(account.id));
    await (await SlowWorker.take(api, id)).reach('boot');
    return account;
  },
} satisfies Record<string, (api: TestApi) => Promise<Account>>;

/** A user whose hosting's row says this. */
export async function ownerOf(api: TestApi, status: HostingStatus): Promise<Account> {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  await api.models.Hosting.update({ status, powered: status !== 'stopped' }, { where: { userId: account.id } });
  return account;
}

export async function statusOf({ models }: TestApi, { id }: Account): Promise<HostingStatus> {
  return (await models.Hosting.findByPk(id, { rejectOnEmpty: true })).status;
}
