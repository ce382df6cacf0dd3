// Who gets which name, in which form it is kept and told, and for how long it is kept from others.
import test from 'ava';
import fc from 'fast-check';
import { readableSiteName, siteNameLabel } from '../../api/accounts/site-name-rules.ts';
import { select } from '../../api/stores/queries/select.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';

let api: TestApi;
test.before(async () => {
  api = await startApi({ variables: { LIMIT_REGISTER: '1000' } });
});
test.after.always(() => api.stop());

const nfd = (text: string) => text.normalize('NFD');
const letters = fc.constantFrom(...'가힣각이닭뷁', ...'az019-');
const syllables = fc.integer({ min: 0xac00, max: 0xd7a3 }).map((code) => String.fromCharCode(code));
const anyName = fc.array(fc.oneof(letters, syllables), { minLength: 2, maxLength: 16 }).map((all) => all.join(''));

test('each name has one label, which fits into a host, and is read as that name wherever it comes back', async (t) => {
  const asked: [label: string, name: string][] = [];
  fc.assert(
    fc.property(anyName, (name) => {
      const label = siteNameLabel(name);
      if (label === undefined) return;
      asked.push([label, name]);
      t.true(label.length <= 63, name);
      t.regex(label, /^[a-z0-9-]+$/, name);
      t.is(readableSiteName(label), name);
      t.is(siteNameLabel(label), label);
      t.is(siteNameLabel(nfd(name)), label);
    }),
    { numRuns: 2_000 },
  );
  t.true(asked.length > 500);
  const labels = asked.map(([label]) => label);
  const sql =
    'SELECT readable_label(label) AS name FROM unnest($1::text[]) WITH ORDINALITY AS labels (label, place) ORDER BY place';
  const read = await select<{ name: string }>(api.stores.database, sql, [labels]);
  t.deepEqual(
    read.map(({ name }) => name),
    asked.map(([, name]) => name),
  );
});

let count = 0;
function register(more: object) {
  count += 1;
  const json = { email: `names${count}@example.com`, username: 'somebody', password: 'long enough', ...more };
  return call(api, 'POST', '/auth/register', { json });
}
const userOf = (called: Awaited<ReturnType<typeof call>>) =>
  called.body.data?.['user'] as { id: number; username: string; site_name: string };
const rename = ({ token }: Account, json: object) => call(api, 'PATCH', '/auth/me', { token, json });

test('two may be called the same; their sites are not', async (t) => {
  const [first, second] = [await register({ username: '김민수' }), await register({ username: '김민수' })];
  t.is(first.status, 201);
  t.is(second.status, 201);
  t.is(userOf(second).username, '김민수');
  t.is(userOf(first).site_name, '김민수');
  t.not(userOf(second).site_name, '김민수');
});

test('a name in Hangul is one name, however it is given, and is told as people read it', async (t) => {
  const [label = '', name] = [siteNameLabel('봄날'), '봄날'];
  const first = await register({ site_name: nfd(name) });
  t.is(first.status, 201);
  t.is(userOf(first).site_name, name);
  t.is((await api.models.User.findByPk(userOf(first).id))?.siteName, label);
  for (const site_name of [name, label, nfd(name)]) t.is((await register({ site_name })).status, 409, site_name);
  const account = await makeAccount(api);
  t.is(userOf(await rename(account, { site_name: siteNameLabel('겨울밤') })).site_name, '겨울밤');
  const own = await call(api, 'GET', '/auth/me', { token: account.token });
  t.is((own.body.data?.['user'] as { site_name: string }).site_name, '겨울밤');
  t.is((await rename(account, { site_name: '겨울밤' })).status, 200, 'as it is');
  t.is((await rename(account, { site_name: 'xn--80ak6aa92e' })).status, 422, 'of another script');
});

test('what looks like a name in Hangul is taken too', async (t) => {
  t.is((await register({ site_name: '봄rn0' })).status, 201);
  for (const site_name of ['봄mo', '봄rno']) t.is((await register({ site_name })).status, 409, site_name);
  t.is((await register({ site_name: 'o1-봄이' })).status, 201);
  for (const site_name of ['이-봄이', '0l-봄01', siteNameLabel('이-봄ol')])
    t.is((await register({ site_name })).status, 409, site_name);
});

test('a password has no name in Hangul in it', async (t) => {
  const { status, body } = await register({ site_name: '푸른하늘', password: '푸른하늘 2026' });
  t.is(status, 422);
  t.regex(JSON.stringify(body.error), /password/);
});

test('whoever has no name that makes one is called by the number', async (t) => {
  const { status, body } = await register({ username: '李', email: '7@example.com' });
  t.is(status, 201);
  const { id, site_name: name } = body.data?.['user'] as { id: number; site_name: string };
  t.is(name, `user-${id}`);
});

test.serial('whose number makes a name that another has is called by the next number', async (t) => {
  const { id } = await makeAccount(api);
  const hundreds = Math.ceil((id + 1) / 100);
  // Who has such a name had it before it was reserved.
  const siteName = siteNameLabel(`user-${hundreds}이`) ?? '';
  await api.models.User.create({ email: 'before@example.com', username: 'before', passwordHash: 'hash', siteName });
  const sql = "SELECT setval(pg_get_serial_sequence('users', 'id'), $1)";
  await select(api.stores.database, sql, [hundreds * 100]);
  const { status, body } = await register({ username: '李', email: '8@example.com' });
  t.is(status, 201, JSON.stringify(body));
  t.is((body.data?.['user'] as { site_name: string }).site_name, `user-${hundreds * 100 + 2}`);
});

test('a site name that another has, or that looks like it, is refused, and which field it is', async (t) => {
  t.is((await register({ site_name: 'holmes' })).status, 201);
  for (const site_name of ['holmes', 'h0lmes', 'ho1mes', 'holrnes']) {
    const { status, body } = await register({ site_name });
    t.is(status, 409, site_name);
    t.deepEqual(body.error, { code: 'ACCOUNT_TAKEN', details: { fields: ['site_name'] } });
  }
  for (const site_name of ['Admin', 'admin', '-x-']) t.is((await register({ site_name })).status, 422, site_name);
});

test('of twelve who want a name at once, one gets it', async (t) => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => register({ site_name: 'wanted' })));
  t.deepEqual(answers.map(({ status }) => status).toSorted(), [201, ...Array<number>(11).fill(409)]);
  const derived = await Promise.all(Array.from({ length: 12 }, () => register({ username: 'Popular' })));
  t.deepEqual(new Set(derived.map(({ status }) => status)), new Set([201]));
  t.is(new Set(derived.map((one) => userOf(one).site_name)).size, 12);
});

test('names can be changed, one or both, and a change of nothing is none', async (t) => {
  const account = await makeAccount(api);
  const changed = await rename(account, { username: '홍 길동', site_name: 'hong-gildong' });
  t.is(changed.status, 200);
  t.like(userOf(changed), { username: '홍 길동', site_name: 'hong-gildong' });
  t.like(userOf(await rename(account, { username: 'Hong' })), { username: 'Hong', site_name: 'hong-gildong' });
  t.is((await rename(account, {})).status, 200);
  t.is((await rename(account, { username: 'admin' })).status, 422);
  t.is((await rename(account, { site_name: 'www' })).status, 422);
  t.is((await rename(account, { role: 'operator' })).status, 422);
  const numbered = await makeAccount(api);
  t.regex(numbered.siteName, /^user-\d+$/);
  t.is((await rename(numbered, { username: 'Hong', site_name: numbered.siteName })).status, 200, 'as it is');
  t.is((await rename(numbered, { site_name: 'user-7000' })).status, 422);
  const audited = await api.stores.database.query(`SELECT outcome FROM audit_events WHERE action = 'change_names'`);
  t.true(audited[0].length >= 2);
});

test('a name that was given up is kept from others for 90 days, and not from who had it', async (t) => {
  const [owner, other] = [await makeAccount(api), await makeAccount(api)];
  t.is((await rename(owner, { site_name: 'first-name' })).status, 200);
  t.is((await rename(owner, { site_name: 'other-name' })).status, 200);
  t.is((await rename(other, { site_name: 'first-name' })).status, 409);
  t.is((await rename(other, { site_name: 'f1rst-name' })).status, 200, 'an i is no l');
  t.is((await rename(owner, { site_name: 'first-name' })).status, 200);
  t.is((await rename(owner, { site_name: 'third-name' })).status, 200);
  const later = "UPDATE given_up_site_names SET given_up_at = now() - interval '91 days' WHERE name = 'first-name'";
  await api.stores.database.query(later);
  t.is((await rename(other, { site_name: 'first-name' })).status, 200);
  t.is((await rename(owner, { site_name: 'first-name' })).status, 409);
});

test('however many a user gives up, each is kept from others for 90 days: the fourth is refused', async (t) => {
  const [owner, other] = [await makeAccount(api), await makeAccount(api)];
  const had = ['kept-a', 'kept-b', 'kept-c', 'kept-d'];
  // The one by its number, which it had at first, counts too.
  for (const site_name of had.slice(0, 3)) t.is((await rename(owner, { site_name })).status, 200);
  const refused = await rename(owner, { site_name: 'kept-d' });
  t.is(refused.status, 409);
  t.like(refused.body.error, { code: 'TOO_MANY_SITE_NAMES', details: { maximum: 3 } });
  const { possible_at: possibleAt } = refused.body.error?.details as { possible_at: string };
  t.true(Math.abs(Date.parse(possibleAt) - Date.now() - 90 * 86_400_000) < 7_200_000, possibleAt);
  t.is((await rename(owner, { username: 'Other' })).status, 200, 'what they are called is another matter');
  for (const site_name of had.slice(0, 3)) t.is((await rename(other, { site_name })).status, 409, site_name);
  // Back and forth between those that are kept is no new one.
  for (const site_name of ['kept-a', 'kept-b', 'kept-a', 'kept-c'])
    t.is((await rename(owner, { site_name })).status, 200, site_name);
  t.is((await rename(owner, { site_name: 'kept-d' })).status, 409);
  const later = "UPDATE given_up_site_names SET given_up_at = now() - interval '91 days' WHERE name = 'kept-b'";
  await api.stores.database.query(later);
  t.is((await rename(owner, { site_name: 'kept-d' })).status, 200);
  t.is((await rename(other, { site_name: 'kept-b' })).status, 200);
  for (const site_name of ['kept-a', 'kept-c', 'kept-d']) t.is((await rename(other, { site_name })).status, 409);
});

test('so is the name of who is gone', async (t) => {
  const { email, id } = await makeAccount(api);
  const { body } = await register({ site_name: 'leaving', password: 'long enough' });
  const left = await api.models.User.findByPk((body.data?.['user'] as { id: number }).id, { rejectOnEmpty: true });
  const form = { username: left.email, password: 'long enough' };
  const token = String((await call(api, 'POST', '/auth/login', { form })).body['access_token']);
  t.is((await call(api, 'DELETE', '/auth/me', { token, json: { password: 'long enough' } })).status, 200);
  t.is((await register({ site_name: 'leaving' })).status, 409);
  t.is((await api.models.User.findByPk(id))?.email, email);
});

test('anybody is told whether a name may be had, and of one that may', async (t) => {
  await register({ site_name: 'occupied' });
  const ask = async (name: string) => {
    const { body } = await call(api, 'GET', `/site-names/${encodeURIComponent(name)}`);
    return body.data?.['site_name'];
  };
  t.deepEqual(await ask('nobody-has-it'), { name: 'nobody-has-it', state: 'free', suggestion: null });
  t.deepEqual(await ask('occupied'), { name: 'occupied', state: 'taken', suggestion: 'occupied-2' });
  t.like(await ask('0ccupied'), { state: 'taken' });
  t.deepEqual(await ask('admin'), { name: 'admin', state: 'reserved', suggestion: null });
  t.deepEqual(await ask(nfd('홍길순')), { name: '홍길순', state: 'free', suggestion: null });
  t.deepEqual(await ask('홍 길순'), { name: '홍 길순', state: 'invalid', suggestion: '홍-길순' });
  await register({ site_name: '홍길순' });
  t.deepEqual(await ask(siteNameLabel('홍길순') ?? ''), { name: '홍길순', state: 'taken', suggestion: '홍길순-2' });
  t.like(await ask('../x\u0000'), { name: '../x\u0000', state: 'invalid' });
  t.is((await call(api, 'GET', `/site-names/${'x'.repeat(65)}`)).status, 422);
});
