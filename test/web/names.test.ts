// What people and their sites are called, on the pages: at sign-up, later, and while they type.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { makeHosting } from '../support/api/operations.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { password } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const korean = () => new PageVisitor(api, { 'Accept-Language': 'ko' });

test('the second 김민수 signs up as the first did, spaces at the ends or not', async (t) => {
  for (const [email, username] of [
    ['minsu1@example.com', '김민수'],
    ['minsu2@example.com', ' 김민수 '],
  ] as const) {
    const { status, location } = await korean().post('/signup', { form: { email, username, password, site_name: '' } });
    t.is(status, 303, email);
    t.is(location, '/hosting');
  }
  t.is(await api.models.User.count({ where: { username: '김민수' } }), 2);
});

test('a refused name says why, beside the field, in the visitor’s language', async (t) => {
  await api.models.User.create({
    email: 'first@example.com',
    username: 'x',
    siteName: 'first-come',
    passwordHash: 'none',
  });
  const form = { email: 'second@example.com', username: '관리자', site_name: 'first-come', password };
  const staff = await korean().post('/signup', { form });
  t.is(staff.status, 422);
  t.regex(staff.text, /id="username-error">운영자로 오해할 수 있는/);
  const taken = await korean().post('/signup', { form: { ...form, username: '관 심' } });
  t.is(taken.status, 409);
  t.regex(taken.text, /id="site_name-error">다른 사람이 쓰고 있거나/);
  t.true(taken.text.includes('value="관 심"') && taken.text.includes('value="first-come"'));
  t.notRegex(taken.text, /id="email-error"|id="username-error"/);
  const email = await korean().post('/signup', {
    form: { ...form, username: 'x', email: 'first@example.com', site_name: '' },
  });
  t.regex(email.text, /id="email-error">이 이메일로 만든 계정이 이미 있습니다/);
  const reserved = await new PageVisitor(api).post('/signup', { form: { ...form, username: 'x', site_name: 'admin' } });
  t.regex(reserved.text, /id="site_name-error">This name is the service’s own/);
});

test('names are changed on the account’s page, which shows them', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const before = await visitor.get('/account');
  t.true(before.text.includes(`name="site_name" type="text"`) && before.text.includes(`value="${account.siteName}"`));
  const form = { username: 'Ada <Lovelace>', site_name: 'Ada-L' };
  t.is((await visitor.post('/account/names', { form })).location, '/account?changed=names');
  const after = await visitor.get('/account?changed=names');
  t.regex(after.text, /Your names are changed[^]*<dd>Ada &lt;Lovelace&gt;<\/dd>[^]*<dd>ada-l<\/dd>/);
  const refused = await visitor.post('/account/names', { form: { ...form, site_name: 'www' } });
  t.is(refused.status, 422);
  t.regex(refused.text, /id="site_name-error"[^]*value="www"/);
});

test('a name in Hangul is shown as one reads it, with its address in both forms', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const form = { username: '홍길동', site_name: '꽃가게' };
  t.is((await visitor.post('/account/names', { form })).location, '/account?changed=names');
  const { text } = await visitor.get('/account');
  t.true(text.includes('<dd>꽃가게</dd>') && text.includes('value="꽃가게"'));
  t.false(text.includes('xn--'));
  t.is((await visitor.get('/site-name?name=xn--o39akkn3e')).text, 'This is your name now.');
  await makeHosting(api.stores.database, account.id);
  const shown = () => visitor.get('/hosting').then((page) => page.text);
  t.notRegex(await shown(), /encoded-url/);
  await api.models.Hosting.update({ routedHost: 'xn--o39akkn3e.localhost' }, { where: { userId: account.id } });
  t.regex(await shown(), /<a id="web-url" href="http:\/\/xn--o39akkn3e\.localhost"[^>]*>http:\/\/꽃가게\.localhost</);
  t.regex(await shown(), /<code id="encoded-url">http:\/\/xn--o39akkn3e\.localhost</);
  t.is((await visitor.post('/hosting/delete', { form: { name: '꽃가' } })).status, 422);
  t.is((await visitor.post('/hosting/delete', { form: { name: ' 꽃가게'.normalize('NFD') } })).location, '/hosting');
});

test('what is told while one types', async (t) => {
  const account = await makeAccount(api);
  const nobody = new PageVisitor(api);
  const ask = async (visitor: PageVisitor, name: string) =>
    (await visitor.get(`/site-name?name=${encodeURIComponent(name)}`)).text;
  t.is(await ask(nobody, ' Nobodys-Yet '), 'You can have it: nobodys-yet');
  t.regex(await ask(nobody, 'root'), /^This name is the service’s own/);
  t.is(await ask(korean(), ' 홍길동'.normalize('NFD')), '쓸 수 있는 이름입니다: 홍길동');
  t.is(await ask(korean(), 'xn--wk0bu0i737a'), '쓸 수 있는 이름입니다: 홍길동');
  t.regex(await ask(korean(), '홍_길동'), /이 이름은 쓸 수 있습니다: 홍-길동$/);
  t.regex(await ask(nobody, account.siteName), /^This name is the service’s own|^Somebody else/);
  t.is(await ask(PageVisitor.as(api, account), account.siteName), 'This is your name now.');
  const other = await makeAccount(api);
  await api.models.User.update({ siteName: 'somebodys-name' }, { where: { id: other.id } });
  t.regex(
    await ask(PageVisitor.as(api, account), 'somebodys-name'),
    /^Somebody else .* If it was yours, you can have it back\./,
  );
  t.notRegex(await ask(nobody, 'somebodys-name'), /yours/);
  for (const name of ['', '..', '../host/my', '.', 'x'.repeat(500), '<script>'])
    t.notRegex(await ask(PageVisitor.as(api, account), name), /<|HOSTING|hosting/, name);
  const { headers } = await nobody.get('/site-name?name=x');
  t.regex(headers.get('content-type') ?? '', /^text\/plain/);
});

test('a fourth new site name is refused beside the field, with what to do and for how long', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const change = (site_name: string, as = visitor) =>
    as.post('/account/names', { form: { username: account.username, site_name } });
  for (const name of ['fourth-a', 'fourth-b', 'fourth-c']) t.is((await change(name)).status, 303, name);
  const refused = await change('fourth-d');
  t.is(refused.status, 409);
  t.regex(
    refused.text,
    /id="site_name-error">A site may have 3 new names in 90 days\. Go back [^<]* in (90 d|89 d 2\d h)\./,
  );
  t.true(refused.text.includes('value="fourth-d"'));
  const korean = PageVisitor.as(api, account, { 'Accept-Language': 'ko' });
  t.regex(
    (await change('fourth-d', korean)).text,
    /id="site_name-error">사이트 이름은 90일에 3번까지[^<]*(90일|89일 2\d시간) 뒤에/,
  );
  t.is((await change('fourth-a')).status, 303, 'back to one of them');
});
