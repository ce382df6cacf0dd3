// What people and their sites may be called, who gets a name, and for how long it is kept from others.
import test from 'ava';
import { complaintOfDisplayName } from '../../api/accounts/display-name.ts';
import { romanize } from '../../api/accounts/romanize.ts';
import { complaintOfSiteName, suggestSiteNames } from '../../api/accounts/site-name-rules.ts';
import { User } from '../../api/models/user.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';

let api: TestApi;
test.before(async () => {
  api = await startApi({ variables: { LIMIT_REGISTER: '1000' } });
});
test.after.always(() => api.stop());

const good = [
  '김민수',
  '김 민수',
  'Ada Lovelace',
  'José',
  '李小龍',
  'Ольга',
  'محمد',
  'x',
  '7',
  'O’Brien-Smith',
  '🐶 cat',
  'Badminton',
  '<b>',
  'می‌خواهم',
];
const bad = {
  nothing: '',
  'a space before': ' a',
  'a space after': 'a ',
  'a space alone': ' ',
  'another space': 'a\u00a0b',
  'a line break': 'a\nb',
  NUL: 'a\u0000',
  'what turns the direction': 'a\u202eb',
  'an isolate': 'a\u2067b',
  'a mark of direction': 'a\u200fb',
  'a space of no width': 'a\u200bb',
  'a filler alone': '\u3164',
  'a joiner alone': '\u200d',
  'punctuation alone': '...',
  '41 characters': 'x'.repeat(41),
  'a surrogate': 'half\udc00',
};
for (const name of good) test(`one may be called ${name}`, (t) => t.is(complaintOfDisplayName(name), undefined));
for (const [what, name] of Object.entries(bad))
  test(`one may not be called: ${what}`, (t) => t.is(complaintOfDisplayName(name), 'usernameRule'));
for (const name of [
  'admin',
  'Root',
  'аdmin',
  'ADMIN7',
  'adm1n',
  'r00t',
  'a d m i n',
  'Webhoster Support',
  '운영자',
  '웹호스팅 관리자입니다',
  'ａｄｍｉｎ',
  'ádmin',
])
  test(`people would take for staff: ${name}`, (t) => t.is(complaintOfDisplayName(name), 'usernameStaff'));

test('Hangul and accents become plain letters', (t) => {
  t.is(romanize('김민수'), 'gimminsu');
  t.is(romanize('홍길동'.normalize('NFD')), 'honggildong');
  t.is(romanize('값싼 닭'), 'gapssan dak');
  t.is(romanize('Ångström Straße Łódź'), 'angstrom strasse lodz');
});

const states: Record<string, ReturnType<typeof complaintOfSiteName>> = {
  gildong: undefined,
  'gil-dong-2': undefined,
  '3d-club': undefined,
  abc: undefined,
  ['a'.repeat(32)]: undefined,
  ab: 'invalid',
  ['a'.repeat(33)]: 'invalid',
  Gildong: 'invalid',
  길동: 'invalid',
  gil_dong: 'invalid',
  'gil dong': 'invalid',
  '-abc': 'invalid',
  'abc-': 'invalid',
  'a--b': 'invalid',
  'xn--abc': 'invalid',
  '12345': 'invalid',
  '1-2-3': 'invalid',
  'abc.de': 'invalid',
  www: 'reserved',
  www2: 'reserved',
  api: 'reserved',
  admin: 'reserved',
  adm1n: 'reserved',
  'admin-7': 'reserved',
  r00t: 'reserved',
  rnail: 'reserved',
  'post-master': 'reserved',
  autodiscover: 'reserved',
  'user-7': 'reserved',
  'user-lo': 'reserved',
};
for (const [name, state] of Object.entries(states))
  test(`as a site name ${name} is ${state ?? 'good'}`, (t) => t.is(complaintOfSiteName(name), state));

test('what is endless is judged at once', (t) => {
  const begun = performance.now();
  t.is(complaintOfSiteName('1'.repeat(100_000)), 'invalid');
  t.is(complaintOfSiteName(`${'1'.repeat(31)}!`), 'invalid');
  t.true(performance.now() - begun < 100);
});

test('what is suggested may be had', (t) => {
  t.deepEqual(suggestSiteNames('김민수', 'minsu').slice(0, 3), ['gimminsu', 'minsu', 'gimminsu-2']);
  t.deepEqual(suggestSiteNames('李', '7'), []);
  t.is(suggestSiteNames('mail')[0], undefined);
  for (const name of suggestSiteNames('x'.repeat(60), 'a.b+c')) t.is(complaintOfSiteName(name), undefined, name);
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
  t.is(userOf(first).site_name, 'gimminsu');
  t.not(userOf(second).site_name, 'gimminsu');
});

test('whoever has no name that makes one is called by the number', async (t) => {
  const { status, body } = await register({ username: '李', email: '7@example.com' });
  t.is(status, 201);
  const { id, site_name: name } = body.data?.['user'] as { id: number; site_name: string };
  t.is(name, `user-${id}`);
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

test('so is the name of who is gone', async (t) => {
  const { email, id } = await makeAccount(api);
  const { body } = await register({ site_name: 'leaving', password: 'long enough' });
  const left = await User.findByPk((body.data?.['user'] as { id: number }).id, { rejectOnEmpty: true });
  const form = { username: left.email, password: 'long enough' };
  const token = String((await call(api, 'POST', '/auth/login', { form })).body['access_token']);
  t.is((await call(api, 'DELETE', '/auth/me', { token, json: { password: 'long enough' } })).status, 200);
  t.is((await register({ site_name: 'leaving' })).status, 409);
  t.is((await User.findByPk(id))?.email, email);
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
  t.deepEqual(await ask('홍길순'), { name: '홍길순', state: 'invalid', suggestion: 'honggilsun' });
  t.like(await ask('../x\u0000'), { name: '../x\u0000', state: 'invalid' });
  t.is((await call(api, 'GET', `/site-names/${'x'.repeat(65)}`)).status, 422);
});
