// What a page shows of the hosts of a site: domains and certificates in each state, as workers leave their rows.
import type { Domain, Findings, MissingCode } from '../../../api/models/domain.ts';
import { missingCodes } from '../../../api/models/domain.ts';
import type { TestApi } from './api.ts';
import type { Account } from './calls.ts';
import { ownerOf } from './hosting-states.ts';

const day = 86_400_000;
const days = (count: number) => new Date(Date.now() + count * day);
const serverAddresses = ['203.0.113.7', '2001:db8:1234:5678:9abc:def0:1234:5678'];
const lacking = (...codes: MissingCode[]): Findings => ({
  missing: codes.map((code) => ({ code, found: ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'x'.repeat(100)] })),
  serverAddresses,
});

/** Of each state, with all that may be missing, and as long as a name may be. */
const domains: Partial<Domain>[] = [
  { name: 'new.shop.com', nextCheckAt: days(0) },
  { name: `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.com`, nextCheckAt: days(0) },
  { name: 'lacking.shop.com', findings: lacking(...missingCodes), checkedAt: days(0), nextCheckAt: days(1) },
  { name: 'forgotten.shop.com', findings: lacking('no_such_name'), checkedAt: days(-1), nextCheckAt: null },
  {
    name: 'xn--bj0bj06e.shop.com',
    state: 'active',
    findings: { missing: [], serverAddresses },
    checkedAt: days(0),
    nextCheckAt: days(1),
  },
  {
    name: 'lapsing.shop.com',
    state: 'lapsing',
    findings: lacking('points_elsewhere'),
    checkedAt: days(0),
    nextCheckAt: days(1),
    goneSince: days(-3),
  },
  { name: 'gone.shop.com', state: 'released', findings: null, goneSince: days(-9), releasedAt: days(-2) },
];

const words = 'During secondary validation: DNS problem: NXDOMAIN looking up A for ' + 'gildong'.repeat(9);
const valid = { chain: 'chain', sealedKey: 'sealed', notBefore: days(-70), notAfter: days(20) };
const failed = { failures: 3, problemCode: 'dns', problemDetail: words, nextAttemptAt: days(1) };
const certificates = { pending: {}, active: valid, failed, 'not renewed': { ...valid, ...failed } };

/** Gives hostings hosts, and certificates in these states. @param accounts whose hostings, by name */
export async function certify(
  { models }: TestApi,
  accounts: Record<string, Account>,
  states: Record<string, keyof typeof certificates>,
): Promise<void> {
  for (const [name, state] of Object.entries(states)) {
    const { id: userId, siteName } = accounts[name]!;
    const host = `${siteName}.sites.example`;
    await models.Hosting.update({ routedHost: host }, { where: { userId } });
    await models.Certificate.create({ host, userId, ...certificates[state] });
  }
}

/** Accounts by what their hosts are like. */
export const hostStates = {
  /** Of each state. */
  domains: async (api: TestApi) => {
    const owner = await ownerOf(api, 'running');
    const rows = domains.map((row) => ({ userId: owner.id, token: 'x'.repeat(24), ...row }));
    await api.models.Domain.bulkCreate(rows as Domain[]);
    return owner;
  },
  uncertified: (api: TestApi) => ownerOf(api, 'running'),
} satisfies Record<string, (api: TestApi) => Promise<Account>>;

/** An authority that has failed whatever was asked of it. */
export async function failingAuthority({ models }: TestApi): Promise<void> {
  const directory = `https://acme.${'long-name-of-an-authority.'.repeat(4)}example/directory`;
  await models.AcmeAccount.create({ directory, sealedKey: 'sealed', ...failed, problemCode: 'unreachable' });
}
