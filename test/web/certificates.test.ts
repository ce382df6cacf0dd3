// What users and operators see of the certificates of hosts, in the API and on pages.
import test from 'ava';
import { pageMarks } from '../../api/stores/queries/page-marks.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call } from '../support/api/calls.ts';
import { hostingStates } from '../support/api/hosting-states.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

let api: TestApi;
const models = () => api.stores.database.models;

test.before(async () => {
  api = await startApi({ variables: { PUBLIC_URL: 'https://host.example', SITES_DOMAIN: 'sites.example' } });
});
test.after.always(() => api.stop());

const day = 86_400_000;
const days = (count: number) => new Date(Date.now() + count * day);
const valid = { chain: 'chain', sealedKey: 'sealed-key-of-nobody', notBefore: days(-70), notAfter: days(20) };
const words = 'no valid A records found for <b>gildong</b>';
const failed = { failures: 3, problemCode: 'dns', problemDetail: words, nextAttemptAt: days(1) };

async function ownerOf(
  row: Partial<typeof valid & typeof failed> | null,
  kept = (host: string) => host,
): Promise<Account> {
  const owner = await hostingStates.running(api);
  const host = `${owner.siteName}.sites.example`;
  await models().Hosting.update({ routedHost: host }, { where: { userId: owner.id } });
  if (row) await models().Certificate.create({ host: kept(host), userId: owner.id, ...row });
  return owner;
}

const shownTo = async ({ token }: Account) =>
  (await call(api, 'GET', '/host/my', { token })).body.data?.['certificate'];

test.serial('its owner is told the state, until when it is valid, and the authority’s words', async (t) => {
  const problem = { code: 'dns', message: words, next_attempt_at: failed.nextAttemptAt.toISOString() };
  const expires = valid.notAfter.toISOString();
  t.deepEqual(await shownTo(await ownerOf(null)), { state: 'none', expires_at: null, problem: null });
  t.deepEqual(await shownTo(await ownerOf({})), { state: 'pending', expires_at: null, problem: null });
  t.deepEqual(await shownTo(await ownerOf(valid)), { state: 'active', expires_at: expires, problem: null });
  t.deepEqual(await shownTo(await ownerOf(failed)), { state: 'failed', expires_at: null, problem });
  t.deepEqual(await shownTo(await ownerOf({ ...valid, ...failed })), { state: 'active', expires_at: expires, problem });
  const over = { ...valid, ...failed, notAfter: days(-1) };
  t.like(await shownTo(await ownerOf(over)), { state: 'failed', problem });
});

test.serial('a certificate of the whole domain is the host’s too', async (t) => {
  const owner = await ownerOf(valid, () => '*.sites.example');
  t.like(await shownTo(owner), { state: 'active' });
  await models().Certificate.destroy({ where: { host: '*.sites.example' } });
});

async function pageOf(owner: Account, language: string): Promise<string> {
  const visitor = PageVisitor.as(api, owner, { 'Accept-Language': language });
  return (await visitor.get('/hosting')).text;
}

test.serial('the page says it in words, in both languages, and quotes what the authority says as text', async (t) => {
  const owner = await ownerOf({ ...valid, ...failed });
  const english = await pageOf(owner, 'en');
  t.regex(english, /could not be renewed\. The DNS record of this address was not found\./);
  t.true(english.includes('<blockquote>no valid A records found for &lt;b&gt;gildong&lt;/b&gt;</blockquote>'));
  t.regex(await pageOf(owner, 'ko'), /갱신하지 못했습니다\. 이 주소의 DNS 레코드를 찾지 못했습니다\./);
  t.regex(await pageOf(await ownerOf({}), 'en'), /A certificate for HTTPS is on its way/);
  t.regex(await pageOf(await ownerOf(valid), 'en'), /certificate is valid until <time/);
  t.regex(
    await pageOf(await ownerOf({ ...failed, problemCode: 'neverHeardOf' }), 'en'),
    /Tell the operator if it stays so/,
  );
  t.notRegex(await pageOf(await ownerOf(null), 'en'), /certificate/);
});

test.serial('one that has to wait, as its user has had many, is no failure, and that is said', async (t) => {
  const waits = { problemCode: 'userLimit', problemDetail: 'ours', nextAttemptAt: days(2) };
  const owner = await ownerOf(waits);
  t.like(await shownTo(owner), { state: 'pending', problem: { code: 'userLimit' } });
  const english = await pageOf(owner, 'en');
  t.regex(
    english,
    /has to wait: so that there are some for all, one user gets certificates for 15 new hosts in 7 days/,
  );
  t.regex(english, /Next attempt: <time/);
  t.notRegex(english, /authority says/);
  t.regex(await pageOf(owner, 'ko'), /7일에 새 주소 15개까지만/);
});

test.serial('of own domains too, and nobody is told of another’s', async (t) => {
  const [owner, other] = [await ownerOf(null), await ownerOf(null)];
  const name = 'www.gildong.com';
  const token = 'x'.repeat(24);
  await models().Domain.create({ userId: owner.id, name, token, state: 'active' });
  await models().Domain.create({ userId: other.id, name, token });
  await models().Certificate.create({ host: name, userId: owner.id, ...valid });
  const stateFor = async ({ token }: Account) => {
    const { body } = await call(api, 'GET', '/host/my/domains', { token });
    const [domain] = body.data?.['domains'] as { certificate: { state: string } }[];
    return domain?.certificate.state;
  };
  t.is(await stateFor(owner), 'active');
  t.is(await stateFor(other), 'none');
  t.regex(await pageOf(owner, 'en'), /certificate is valid until <time/);
  t.notRegex(await pageOf(other, 'en'), /certificate is valid/);
});

test.serial('an open page is told when it changes', async (t) => {
  const { id } = await ownerOf({});
  const mark = async () => (await pageMarks(api.stores.database, [id]))[0]?.mark;
  const before = await mark();
  t.is(await mark(), before);
  await models().Certificate.update({ problemCode: 'userLimit', problemDetail: 'ours' }, { where: { userId: id } });
  const waiting = await mark();
  t.not(waiting, before);
  await models().Certificate.update(valid, { where: { userId: id } });
  t.not(await mark(), waiting);
});

test.serial('operators see which cannot be had, and an authority that issues nothing', async (t) => {
  await models().Certificate.destroy({ where: {} });
  const owner = await ownerOf(failed);
  await models().Certificate.create({ host: 'host.example', userId: null, ...valid });
  const account = { directory: 'https://acme.example/dir', sealedKey: 'sealed-key-of-nobody' };
  await models().AcmeAccount.create({
    ...account,
    failures: 1,
    problemCode: 'unreachable',
    problemDetail: 'acme.example does not answer',
  });
  const operator = await hostingStates.empty(api);
  await models().User.update({ role: 'operator' }, { where: { id: operator.id } });
  const { text, body } = await call(api, 'GET', '/admin/node', { token: operator.token });
  t.like(body.data?.['certificates'], { active: 1, pending: 0, failed: 1, ending: 0 });
  t.notRegex(text, /sealed-key-of-nobody/);
  const page = (await PageVisitor.as(api, operator).get('/operator')).text;
  t.regex(page, /1 valid · 0 on their way · 1 failed/);
  t.regex(page, new RegExp(`${owner.siteName}\\.sites\\.example`));
  t.regex(page, /acme\.example does not answer/);
});

test.serial('of one user operators see the site’s certificate and the domains, with their faults', async (t) => {
  const owner = await ownerOf({ ...valid, ...failed, problemCode: 'rateLimited' });
  await models().Domain.destroy({ where: { userId: owner.id } });
  const token = 'a-token-of-nobody';
  const findings = {
    missing: [{ code: 'points_elsewhere' as const, found: ['203.0.113.7'] }],
    serverAddresses: ['192.0.2.1'],
  };
  const domain = (name: string, more: object) => models().Domain.create({ userId: owner.id, name, token, ...more });
  await domain('www.xn--bj0bj06e.kr', { state: 'lapsing', findings, goneSince: days(-2) });
  await domain('fine.example', { state: 'active' });
  await domain('gone.example', { state: 'released', goneSince: days(-9), releasedAt: days(-2) });
  await domain('later.example', { state: 'unproven' });
  await models().Certificate.create({ host: 'www.xn--bj0bj06e.kr', userId: owner.id, ...failed });
  const other = await ownerOf(null);
  await models().Certificate.create({
    host: 'later.example',
    userId: other.id,
    ...failed,
    problemDetail: 'of another',
  });

  const operator = await hostingStates.empty(api);
  await models().User.update({ role: 'operator' }, { where: { id: operator.id } });
  const { body } = await call(api, 'GET', `/admin/users/${owner.id}`, { token: operator.token });
  t.like(body.data?.['hosting'], {
    site_url: `https://${owner.siteName}.sites.example`,
    certificate: { state: 'active', problem: { code: 'rateLimited' } },
  });
  t.like(body.data?.['domains'], [
    { name: 'fine.example', state: 'active', certificate: { state: 'none' } },
    { name: 'gone.example', state: 'released', certificate: { state: 'none' } },
    { name: 'later.example', state: 'unproven', certificate: { state: 'none' } },
    { name: 'www.xn--bj0bj06e.kr', state: 'lapsing', certificate: { state: 'failed', problem: { message: words } } },
  ]);
  const pageIn = async (language: string) =>
    (await PageVisitor.as(api, operator, { 'Accept-Language': language }).get(`/operator/users/${owner.id}`)).text;
  const english = await pageIn('en');
  t.regex(english, new RegExp(`href="https://${owner.siteName}\\.sites\\.example"[^]*could not be renewed`));
  t.regex(english, /Domains of the user’s own[^]*www\.한글\.kr[^]*About to be let go[^]*Gone since[^]*203\.0\.113\.7/);
  t.regex(english, /Connected[^]*Not proven yet[^]*no valid A records found for &lt;b&gt;gildong/);
  t.regex(english, /gone\.example(?:(?!<li)[^])*Let go on: </);
  t.notRegex(english, /of another|a-token-of-nobody/);
  const korean = await pageIn('ko');
  t.regex(
    korean,
    /사용자의 도메인[^]*곧 연결이 끊김[^]*사라진 때[^]*빠진 것[^]*203\.0\.113\.7[^]*no valid A records found/,
  );
  t.regex(
    (await PageVisitor.as(api, operator).get(`/operator/users/${operator.id}`)).text,
    /Domains of the user’s own<\/h2>\s*<p class="muted">/,
  );
});

test.serial('the look at the parts counts, and is down only when what there is ends soon', async (t) => {
  await models().Certificate.destroy({ where: {} });
  await ownerOf(failed);
  await ownerOf({ ...valid, ...failed });
  const part = async () => {
    const { body } = await call(api, 'GET', '/health/detailed');
    const { parts } = (body.data ?? body.error?.details) as {
      parts: Record<string, { state: string; details: object }>;
    };
    return parts['certificates'];
  };
  t.like(await part(), { state: 'up', details: { active: 1, pending: 0, failed: 1 } });
  const ends = { ...valid, ...failed, notAfter: days(10) };
  const { id: userId } = await ownerOf(null);
  const name = 'refused-by-its-caa.com';
  await models().Domain.create({ userId, name, token: 'x'.repeat(24), state: 'active' });
  await models().Certificate.create({ host: name, userId, ...ends });
  t.is((await part())?.state, 'up', 'a user’s own domain is their affair');
  await ownerOf(ends);
  t.is((await part())?.state, 'down');
  t.regex(JSON.stringify(await part()), /1 certificates end soon/);
});
