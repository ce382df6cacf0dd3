// Who is logged in on a page: the cookie, and when it opens nothing any more.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccount } from '../support/api/calls.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

test('the cookie is for nobody but the browser, and for our own pages', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const form = { email, password, stay: 'yes' };
  const plain = await new PageVisitor(api).post('/login', { form });
  t.is(plain.location, '/hosting');
  t.is(plain.cookies.length, 2);
  t.regex(plain.cookies[0] ?? '', /^webhoster-session=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
  t.regex(plain.cookies[1] ?? '', /^webhoster-device=[\w.-]+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Strict$/);
  const https = { 'X-Forwarded-Proto': 'https' };
  const encrypted = await new PageVisitor(api, https).post('/login', { form });
  const [session = '', device = ''] = encrypted.cookies;
  t.regex(session, /^__Host-webhoster-session=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/);
  t.regex(device, /^__Host-webhoster-device=[\w.-]+; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure$/);
});

test('who does not choose to stay is logged out with the browser, and after half a day', async (t) => {
  const account = await makeAccount(api, passwordHash);
  await api.models.Session.destroy({ where: { userId: account.id } });
  const visitor = new PageVisitor(api);
  const { cookies } = await visitor.post('/login', { form: { email: account.email, password } });
  t.regex(cookies[0] ?? '', /^webhoster-session=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict$/);
  t.is((await visitor.get('/account')).status, 200);
  const { expiresAt } = await api.models.Session.findOne({ where: { userId: account.id }, rejectOnEmpty: true });
  const hours = (expiresAt.getTime() - Date.now()) / 3_600_000;
  t.true(hours > 11.9 && hours <= 12, String(hours));
});

test('the cookie of a known browser logs nobody in', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const owner = new PageVisitor(api);
  await owner.post('/login', { form: { email, password } });
  const device = owner.cookie('webhoster-device') ?? '';
  for (const name of ['webhoster-device', 'webhoster-session']) {
    const thief = new PageVisitor(api);
    thief.setCookie(name, device);
    t.regex((await thief.get('/account')).location ?? '', /^\/login\?/);
  }
});

test('the API does not take the cookie', async (t) => {
  const account = await makeAccount(api);
  const headers = { Cookie: `webhoster-session=${account.refreshToken}` };
  t.is((await call(api, 'GET', '/auth/me', { headers })).status, 401);
  t.is((await call(api, 'POST', '/host', { headers })).status, 401);
});

test('pages that are opened at once do not end the session, and leave the token as it is', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const pages = await Promise.all(Array.from({ length: 8 }, () => visitor.get('/account')));
  t.true(pages.every(({ status }) => status === 200));
  t.is(visitor.cookie('webhoster-session'), account.refreshToken);
  const refreshed = await call(api, 'POST', '/auth/refresh', { form: { refresh_token: account.refreshToken } });
  t.is(refreshed.status, 200);
});

test('logging out ends the session, not only the cookie', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const out = await visitor.post('/logout');
  t.is(out.location, '/login?out=1');
  t.regex(out.cookies[0] ?? '', /^webhoster-session=; Path=\/; Max-Age=0; /);
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 0);
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1&back=%2Faccount');
});

test('logging out everywhere ends all sessions', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const elsewhere = new PageVisitor(api);
  await elsewhere.post('/login', { form: { email: account.email, password } });
  const gone = await PageVisitor.as(api, account).post('/account/log-out-everywhere');
  t.is(gone.location, '/login?everywhere=1');
  t.is((await elsewhere.get('/hosting')).location, '/login?over=1&back=%2Fhosting');
});

const tampered: Record<string, (token: string) => string> = {
  garbage: () => 'garbage',
  nothing: () => '',
  'the id of the session alone': (token) => token.split('.')[0] ?? '',
  'another secret': (token) => `${token.split('.')[0]}.${'A'.repeat(43)}`,
};
for (const [what, change] of Object.entries(tampered)) {
  test(`a cookie opens nothing: ${what}`, async (t) => {
    const account = await makeAccount(api);
    const page = await PageVisitor.as(api, { refreshToken: change(account.refreshToken) }).get('/account');
    t.is(page.status, 303);
    t.regex(page.location ?? '', /^\/login/);
  });
}

test('a link from elsewhere, which brings no cookie, does not log out', async (t) => {
  for (const path of ['/hosting', '/account', '/operator']) {
    const page = await new PageVisitor(api).get(path);
    t.is(page.location, `/login?back=${encodeURIComponent(path)}`, path);
    t.deepEqual(page.cookies, [], path);
  }
});

test('a link from elsewhere is asked for again, by a page of ours, and then leads on', async (t) => {
  const account = await makeAccount(api);
  for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Referer: 'http://teacher.example/' }]) {
    const [somebody, nobody] = [PageVisitor.as(api, account), new PageVisitor(api)];
    const again = await nobody.get('/account', headers);
    t.is(again.status, 200);
    t.regex(again.text, /<meta http-equiv="refresh" content="0">[^]*href="\/account"/);
    t.is((await nobody.get('/account', { Referer: `${api.url}/account` })).location, '/login?back=%2Faccount');
    t.true((await somebody.get('/account', headers)).text.includes(account.email), 'with a cookie there is no need');
  }
});

test('an expired session opens nothing', async (t) => {
  const account = await makeAccount(api);
  await api.models.Session.update({ expiresAt: new Date(Date.now() - 1_000) }, { where: { id: account.sessionId } });
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1&back=%2Faccount');
});

test('a changed password ends the other sessions and not this one', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const visitor = PageVisitor.as(api, account);
  const wrong = await visitor.post('/account/password', {
    form: { current_password: 'wrong', new_password: 'another secret' },
  });
  t.is(wrong.status, 403);
  t.regex(wrong.text, /id="current_password-error"/);
  const form = { current_password: password, new_password: 'another secret' };
  t.is((await visitor.post('/account/password', { form })).location, '/account?changed=1');
  t.true((await visitor.get('/account?changed=1')).text.includes('Your password is changed'));
});

test('deleting the account asks for the password, and then lets nobody in', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const visitor = PageVisitor.as(api, account);
  t.is((await visitor.post('/account/delete', { form: { password: 'wrong' } })).status, 403);
  t.is((await visitor.post('/account/delete', { form: { password } })).location, '/goodbye');
  t.is((await visitor.get('/goodbye')).status, 200);
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1&back=%2Faccount');
});
