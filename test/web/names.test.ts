// What people and their sites are called, on the pages: at sign-up, later, and while they type.
import test from 'ava';
import { User } from '../../api/models/user.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

let api: TestApi;
const password = 'secure123';

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
  t.is(await User.count({ where: { username: '김민수' } }), 2);
});

test('a refused name says why, beside the field, in the visitor’s language', async (t) => {
  await User.create({ email: 'first@example.com', username: 'x', siteName: 'first-come', passwordHash: 'none' });
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

test('what is told while one types', async (t) => {
  const account = await makeAccount(api);
  const nobody = new PageVisitor(api);
  const ask = async (visitor: PageVisitor, name: string) =>
    (await visitor.get(`/site-name?name=${encodeURIComponent(name)}`)).text;
  t.is(await ask(nobody, ' Nobodys-Yet '), 'You can have it: nobodys-yet');
  t.regex(await ask(nobody, 'root'), /^This name is the service’s own/);
  t.regex(await ask(korean(), '홍길동'), /이 이름은 쓸 수 있습니다: honggildong$/);
  t.regex(await ask(nobody, account.siteName), /^This name is the service’s own|^Somebody else/);
  t.is(await ask(PageVisitor.as(api, account), account.siteName), 'This is your name now.');
  const other = await makeAccount(api);
  await User.update({ siteName: 'somebodys-name' }, { where: { id: other.id } });
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
