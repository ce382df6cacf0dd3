// Domains of users' own: who may add which, what one is told of them, and what becomes of them.
import test from 'ava';
import { hostsOf } from '../../api/domains/hosts.ts';
import type { DomainState } from '../../api/models/domain.ts';
import { hashPassword } from '../../api/accounts/passwords.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount, respondAsync } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { assertRefused } from '../support/api/refusal.ts';

const variables = { PUBLIC_URL: 'https://host.company.kr', SITES_DOMAIN: 'sites.company.kr' };
let api: TestApi;

test.before(async () => {
  api = await startApi({ variables });
});
test.after.always(() => api.stop());

let count = 0;
const unused = () => `shop-${(count += 1)}.com`;
const owner = () => ownerOf(api, 'running');
const add = ({ token }: Account, name: unknown) =>
  call(api, 'POST', '/host/my/domains', { token, json: { name }, headers: { 'Accept-Language': 'en' } });

interface Shown {
  name: string;
  unicode_name: string;
  url: string;
  state: DomainState;
  missing: { code: string; message: string; found: string[] }[];
  records: { cname: string | null; addresses: string[]; txt_name: string; txt_value: string };
  next_check_at: string | null;
  release_at: string | null;
}

async function listOf({ token }: Account, language = 'en'): Promise<Shown[]> {
  const { body } = await call(api, 'GET', '/host/my/domains', { token, headers: { 'Accept-Language': language } });
  return body.data?.['domains'] as Shown[];
}

const held = (userId: number, name: string, state: DomainState = 'active') =>
  api.models.Domain.create({ userId, name, token: 'a-token', state });
const revisionOf = async ({ id }: Account) =>
  (await api.models.Hosting.findByPk(id, { rejectOnEmpty: true })).routeRevision;
const actionsOf = async ({ id }: Account) => {
  const events = await api.models.AuditEvent.findAll({ where: { userId: id }, order: ['id'] });
  return events.filter(({ action }) => action.endsWith('domain')).map(({ action, object }) => `${action} ${object}`);
};

test.serial('a domain is added, shown with the records to make, and removed', async (t) => {
  const account = await owner();
  const { status, body } = await add(account, ' Www.한글.KR ');
  t.is(status, 201);
  const [domain, ...others] = await listOf(account);
  t.deepEqual(body.data?.['domain'], domain);
  t.deepEqual(others, []);
  t.like(domain, {
    name: 'www.xn--bj0bj06e.kr',
    unicode_name: 'www.한글.kr',
    url: 'http://www.xn--bj0bj06e.kr',
    state: 'unproven',
    missing: [],
    records: { cname: `${account.siteName}.sites.company.kr`, txt_name: '_webhoster.www.xn--bj0bj06e.kr' },
    release_at: null,
  });
  t.regex(domain?.records.txt_value ?? '', /^[\w-]{24}$/);
  t.true(Date.parse(domain?.next_check_at ?? '') <= Date.now(), 'it is looked at now');
  t.is(await revisionOf(account), 0, 'nothing is routed that is not proven');
  const removed = await call(api, 'DELETE', `/host/my/domains/${encodeURIComponent('www.한글.kr')}`, account);
  t.is(removed.status, 200);
  t.deepEqual(await listOf(account), []);
  t.is((await call(api, 'DELETE', '/host/my/domains/www.xn--bj0bj06e.kr', account)).status, 404);
  const object = 'domain www.xn--bj0bj06e.kr';
  t.deepEqual(await actionsOf(account), [`add_domain ${object}`, `remove_domain ${object}`]);
});

test.serial('what was registered itself has no CNAME to make', async (t) => {
  const account = await owner();
  const name = unused();
  await add(account, name);
  t.is((await listOf(account))[0]?.records.cname, null);
});

test.serial('names that may not be had are refused, each with what to do', async (t) => {
  const account = await owner();
  const cases: Record<string, RegExp> = {
    'http://shop.com/': /without http/,
    'shop.com:8080': /without http/,
    '*.shop.com': /A \* cannot/,
    '192.0.2.7': /IP address/,
    shop: /has a dot/,
    'co.uk': /Others have names below/,
    'github.io': /Others have names below/,
    'x.localhost': /special use/,
    'printer.local': /special use/,
    'db.internal': /special use/,
    'host.company.kr': /of the service/,
    'x.host.company.kr': /of the service/,
    'company.kr': /of the service/,
    'sites.company.kr': /of the service/,
    'other.sites.company.kr': /of the service/,
    [`${'a'.repeat(64)}.com`]: /too long/,
    'a..com': /is no domain/,
  };
  for (const [name, sentence] of Object.entries(cases)) {
    const request = { method: 'POST', path: '/host/my/domains', token: account.token, json: { name } };
    const { body } = await assertRefused(t, api, request, { status: 422, code: 'VALIDATION_FAILED' });
    const [issue] = body.error?.details as { path: string; message: string }[];
    t.is(issue?.path, 'body.name', name);
    t.regex(issue?.message ?? '', sentence, name);
  }
  for (const name of [undefined, null, 7, ['shop.com'], 'x'.repeat(1001)]) t.is((await add(account, name)).status, 422);
});

test.serial('without a hosting there is nothing for a domain to lead to', async (t) => {
  const account = await makeAccount(api);
  const request = { method: 'POST', path: '/host/my/domains', token: account.token, json: { name: unused() } };
  await assertRefused(t, api, request, { status: 404, code: 'HOSTING_NOT_FOUND' });
  t.deepEqual(await listOf(account), []);
});

test.serial('one’s own again, another user’s, and the eleventh are refused', async (t) => {
  const [account, other] = [await owner(), await owner()];
  const name = unused();
  const refuse = (asked: string, code: string) => {
    const request = { method: 'POST', path: '/host/my/domains', token: account.token, json: { name: asked } };
    return assertRefused(t, api, request, { status: 409, code });
  };
  await add(account, name);
  await refuse(name.toUpperCase(), 'DOMAIN_EXISTS');
  for (const state of ['active', 'lapsing'] as const) {
    const theirs = unused();
    await held(other.id, theirs, state);
    const { text } = await refuse(theirs, 'DOMAIN_TAKEN');
    t.false(text.includes(other.username) || text.includes(String(other.id)), 'whose it is, is not told');
  }
  for (let more = 0; more < 9; more++) t.is((await add(account, unused())).status, 201);
  const { body } = await refuse(unused(), 'TOO_MANY_DOMAINS');
  t.deepEqual(body.error?.details, { maximum: 10 });
});

test.serial('who only says that a domain is theirs keeps nobody from it', async (t) => {
  const [squatter, account] = [await owner(), await owner()];
  const name = unused();
  t.is((await add(squatter, name)).status, 201);
  t.is((await add(account, name)).status, 201);
  const [theirs] = await listOf(squatter);
  const [mine] = await listOf(account);
  t.not(theirs?.records.txt_value, mine?.records.txt_value);
});

test.serial('of twenty domains that are added at once, ten are', async (t) => {
  const account = await owner();
  const answers = await Promise.all(Array.from({ length: 20 }, () => add(account, unused())));
  t.deepEqual(answers.map(({ status }) => status).toSorted(), [
    ...Array<number>(10).fill(201),
    ...Array<number>(10).fill(409),
  ]);
});

test.serial('two users cannot both have a domain, whatever the program does', async (t) => {
  const [account, other] = [await owner(), await owner()];
  const name = unused();
  await held(account.id, name);
  await t.throwsAsync(held(other.id, name, 'lapsing'), { name: 'SequelizeUniqueConstraintError' });
});

test.serial('a site is at its name’s host first, then at its proven domains', async (t) => {
  const account = await owner();
  for (const [name, state] of Object.entries({
    'b.com': 'active',
    'a.com': 'lapsing',
    'c.com': 'unproven',
    'd.com': 'released',
  }))
    await held(account.id, name, state as DomainState);
  const user = await api.models.User.findByPk(account.id, { rejectOnEmpty: true });
  t.deepEqual(await hostsOf(api.stores.database, user, 'sites.company.kr'), [
    `${account.siteName}.sites.company.kr`,
    'a.com',
    'b.com',
  ]);
  t.deepEqual(await hostsOf(api.stores.database, user, ''), ['a.com', 'b.com']);
});

test.serial('removing a domain that is served has the route made anew', async (t) => {
  const account = await owner();
  const [served, not] = [unused(), unused()];
  await held(account.id, served);
  await add(account, not);
  await call(api, 'DELETE', `/host/my/domains/${not}`, account);
  t.is(await revisionOf(account), 0);
  await call(api, 'DELETE', `/host/my/domains/${served}`, account);
  t.is(await revisionOf(account), 1);
});

test.serial('a look can be asked for at once, but not at one that was let go', async (t) => {
  const account = await owner();
  const [name, gone] = [unused(), unused()];
  await held(account.id, name);
  await held(account.id, gone, 'released');
  t.is((await listOf(account)).find((one) => one.name === name)?.next_check_at, null);
  t.is((await call(api, 'POST', `/host/my/domains/${name.toUpperCase()}/check`, account)).status, 200);
  t.truthy((await listOf(account)).find((one) => one.name === name)?.next_check_at);
  for (const bad of [gone, unused(), '%00', '..%2f..', 'a b', '*', encodeURIComponent('\ufffd')])
    t.is((await call(api, 'POST', `/host/my/domains/${bad}/check`, account)).status, 404, bad);
});

test.serial('one that was let go says so, does not count, and can be added again', async (t) => {
  const account = await owner();
  const name = unused();
  const [goneSince, releasedAt] = [new Date('2026-11-01'), new Date('2026-11-08')];
  await api.models.Domain.create({ userId: account.id, name, token: 'old', state: 'released', goneSince, releasedAt });
  t.like(await listOf(account), [{ state: 'released', release_at: releasedAt.toISOString() }]);
  for (let more = 0; more < 9; more++) await add(account, unused());
  t.is((await add(account, name)).status, 201);
  const again = (await listOf(account)).find((one) => one.name === name);
  t.like(again, { state: 'unproven', release_at: null });
  t.is(again?.records.txt_value, 'old', 'what is in the DNS proves it still');
});

test.serial('what is missing is told in words, in the language that is asked for', async (t) => {
  const account = await owner();
  const findings = {
    missing: [{ code: 'points_elsewhere' as const, found: ['192.0.2.7', '$&'] }],
    serverAddresses: ['203.0.113.7'],
  };
  const goneSince = new Date('2026-11-01T00:00:00Z');
  const row = { userId: account.id, name: unused(), token: 'x', state: 'lapsing', findings, goneSince } as const;
  await api.models.Domain.create(row);
  const [english] = await listOf(account);
  t.like(english, { release_at: '2026-11-08T00:00:00.000Z', records: { addresses: ['203.0.113.7'] } });
  t.regex(english?.missing[0]?.message ?? '', /^It leads elsewhere: 192\.0\.2\.7, \$&\. Leave/);
  const [korean] = await listOf(account, 'ko');
  t.regex(korean?.missing[0]?.message ?? '', /^다른 곳을 가리킵니다: 192\.0\.2\.7/);
});

test.serial('domains stay when the hosting goes, and go with the account', async (t) => {
  const password = 'long enough';
  const account = await makeAccount(api, await hashPassword(password));
  const name = unused();
  await held(account.id, name);
  t.is((await listOf(account)).length, 1, 'without a hosting too');
  const { token } = account;
  await call(api, 'POST', '/host', { token, headers: respondAsync });
  await api.models.Hosting.destroy({ where: { userId: account.id } });
  t.is((await listOf(account)).length, 1);
  const deleted = await call(api, 'DELETE', '/auth/me', { token, json: { password } });
  t.true(deleted.status < 300, deleted.text);
  t.is(await api.models.Domain.count({ where: { userId: account.id } }), 0);
  t.is((await add(await owner(), name)).status, 201);
});

test.serial('where the DNS does not know the hosts of sites, there is no CNAME to make', async (t) => {
  const local = await startApi({ stores: api.stores });
  t.teardown(() => local.stop());
  const account = await ownerOf(local, 'running');
  await call(local, 'POST', '/host/my/domains', { token: account.token, json: { name: `www.${unused()}` } });
  const { body } = await call(local, 'GET', '/host/my/domains', account);
  t.is((body.data?.['domains'] as Shown[])[0]?.records.cname, null);
});
