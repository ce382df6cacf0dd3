// Many domains whose proof is gone at once: a setting of this server that is wrong takes nobody's away before somebody was told.
import test from 'ava';
import { checkDueDomains, type DomainChecks } from '../../api/domains/check.ts';
import { hastenLapsing } from '../../api/stores/queries/domains.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { DomainWorld, recordsFor, unused } from './domain-world.ts';

const day = 86_400_000;

let world: DomainWorld;
let operator: Account;
/** As an operator may have it who got a new address. */
let wrong: DomainChecks;
test.before(async () => {
  world = await DomainWorld.start();
  operator = await ownerOf(world.api, 'running');
  await world.api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
  wrong = { ...world.checks, whereabouts: { ...world.checks.whereabouts, publicAddresses: ['192.0.2.7'] } };
});
test.after.always(() => world.stop());
test.beforeEach(() => world.api.models.Domain.destroy({ where: {} }));

/** Domains that are proven, as many as there are users, each of the user given. */
async function proven(...accounts: Account[]) {
  const domains = [];
  for (const account of accounts) {
    const name = unused();
    await world.add(account, name);
    domains.push(await world.rowOf(account.id, name));
  }
  await world.dns.serve(domains.flatMap(recordsFor));
  await pass(0, world.checks);
  return domains;
}

/** Time goes by for all, until they are looked at. */
async function pass(milliseconds: number, checks: DomainChecks): Promise<void> {
  const ago = `- interval '${milliseconds} milliseconds'`;
  const times = `gone_since = gone_since ${ago}, spared_at = spared_at ${ago}, next_check_at = 'epoch'`;
  await world.api.stores.database.query(`UPDATE domains SET ${times}`);
  await checkDueDomains(checks);
}

const states = async () => (await world.api.models.Domain.findAll({ order: ['name'] })).map(({ state }) => state);

async function part() {
  const { body } = await call(world.api, 'GET', '/health/detailed');
  const told = (body.data ?? body.error?.details) as { parts: Record<string, { state: string; details: object }> };
  return told.parts['domains'];
}
const page = async (language = 'en') =>
  (await PageVisitor.as(world.api, operator, { 'Accept-Language': language }).get('/operator')).text;

test.serial('with a wrong PUBLIC_ADDRESSES operators are told, and none is let go before 30 days', async (t) => {
  const [one, two] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  await proven(one, one, two, two);
  t.like(await part(), { state: 'up', details: { served: 4, lapsing: 0 } });
  t.notRegex(await page(), /no longer lead here/);
  await pass(0, wrong);
  t.like(await part(), {
    state: 'down',
    details: { reason: '4 of 4 own domains no longer lead here: are PUBLIC_ADDRESSES and SITES_DOMAIN right?' },
  });
  t.regex(await page(), /4 of 4 domains of users no longer lead here\. Are PUBLIC_ADDRESSES/);
  t.regex(await page('ko'), /4개 가운데 4개가 더 이상 이 서버로 연결되지 않습니다/);
  const { body } = await call(world.api, 'GET', '/admin/node', operator);
  t.deepEqual(body.data?.['domains'], { served: 4, lapsing: 4, many_at_once: true });
  await pass(29 * day, wrong);
  t.deepEqual(await states(), Array(4).fill('lapsing'));

  // A worker that starts with the right ones looks at once.
  await hastenLapsing(world.api.stores.database);
  await checkDueDomains(world.checks);
  t.deepEqual(await states(), Array(4).fill('active'));
  t.is((await part())?.state, 'up');

  await pass(0, wrong);
  await pass(30 * day, wrong);
  t.true((await states()).includes('released'), 'it is not for ever');
});

test.serial('once most are put right, the others have a day, and their users are told so', async (t) => {
  const [one, two] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const domains = await proven(one, one, two, two);
  await pass(0, wrong);
  await pass(20 * day, wrong);
  await world.dns.serve(domains.slice(1).flatMap(recordsFor));
  await pass(0, world.checks);
  await pass(0, world.checks);
  t.deepEqual((await states()).toSorted(), ['active', 'active', 'active', 'lapsing']);
  const { body } = await call(world.api, 'GET', '/host/my/domains', one);
  const told = body.data?.['domains'] as { name: string; release_at: string | null }[];
  const inDays = (Date.parse(told.find(({ name }) => name === domains[0]?.name)?.release_at ?? '') - Date.now()) / day;
  t.true(inDays > 0.9 && inDays <= 1, String(inDays));
  await pass(day, world.checks);
  t.is((await states()).filter((state) => state === 'released').length, 1);
});

test.serial('a few that are gone are let go as ever', async (t) => {
  const [one, two] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const domains = await proven(one, one, two);
  await world.dns.serve(recordsFor(domains[0]!));
  await pass(0, world.checks);
  await pass(7 * day, world.checks);
  t.is((await states()).filter((state) => state === 'released').length, 2);
});

test.serial('one user’s many hold nothing back where others have some', async (t) => {
  const [one, two] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const domains = await proven(one, one, one, one, two);
  await world.dns.serve(recordsFor(domains[4]!));
  await pass(0, world.checks);
  t.is((await part())?.state, 'up');
  await pass(7 * day, world.checks);
  t.is((await states()).filter((state) => state === 'released').length, 4);
});

test.serial('of one user alone they do, as far as they are more than a tenth', async (t) => {
  const [one, two] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const rows = (userId: number, state: 'active' | 'lapsing', count: number) =>
    world.api.models.Domain.bulkCreate(
      Array.from({ length: count }, () => ({ userId, name: unused(), token: 'x', state })),
    );
  await rows(one.id, 'lapsing', 3);
  t.like(await part(), { state: 'down' });
  await rows(one.id, 'active', 26);
  t.like(await part(), { state: 'down' });
  await rows(one.id, 'active', 1);
  t.like(await part(), { state: 'up', details: { served: 30, lapsing: 3 } });
  await rows(two.id, 'lapsing', 1);
  t.like(await part(), { state: 'down' });
});

test.serial('a few of many users hold nothing back, however many domains they have', async (t) => {
  const accounts = await Promise.all(Array.from({ length: 20 }, () => makeAccount(world.api)));
  const rows = (of: Account[], state: 'active' | 'lapsing') =>
    world.api.models.Domain.bulkCreate(of.map(({ id: userId }) => ({ userId, name: unused(), token: 'x', state })));
  await rows(accounts.slice(2), 'active');
  for (let count = 0; count < 10; count++) await rows(accounts.slice(0, 2), 'lapsing');
  t.like(await part(), { state: 'up', details: { served: 38, lapsing: 20 } });
  await rows(accounts.slice(2, 3), 'lapsing');
  t.like(await part(), { state: 'down' });
});

test.serial('a domain that was let go is proven by what is in the DNS when its user adds it again', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const [domain] = await proven(account);
  await pass(0, wrong);
  await pass(7 * day, wrong);
  t.deepEqual(await states(), ['released']);
  t.is((await world.add(account, domain!.name)).status, 201);
  await checkDueDomains(world.checks);
  t.deepEqual(await states(), ['active']);
  const other = await ownerOf(world.api, 'running');
  await world.api.models.Domain.update({ state: 'released' }, { where: {} });
  await world.add(other, domain!.name);
  t.not((await world.rowOf(other.id, domain!.name)).token, domain!.token);
});
