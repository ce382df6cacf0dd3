// Who is logged in on a page: the cookie, and when it opens nothing any more.
import test from 'ava';
import { Session } from '../../api/models/session.ts';
import { hashPassword } from '../../api/passwords.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { call, makeAccount } from '../support/calls.ts';
import { PageVisitor } from '../support/page-visitor.ts';

let api: TestApi;
const password = 'secure123';
let passwordHash: string;

test.before(async () => {
  api = await startApi();
  passwordHash = await hashPassword(password);
});
test.after.always(() => api.stop());

test('who signs up is logged in', async (t) => {
  const visitor = new PageVisitor(api);
  const form = { email: 'New@example.com', username: 'new', password };
  const signedUp = await visitor.post('/signup', { form });
  t.is(signedUp.status, 303);
  t.is(signedUp.location, '/hosting');
  const page = await visitor.get('/account');
  t.is(page.status, 200);
  t.true(page.text.includes('new@example.com'));
  t.is((await visitor.get('/')).location, '/hosting');
});

test('the cookie is for nobody but the browser, and for our own pages', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const plain = await new PageVisitor(api).post('/login', { form: { email, password } });
  t.is(plain.location, '/hosting');
  t.regex(plain.cookies[0] ?? '', /^webhoster-session=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
  const https = { 'X-Forwarded-Proto': 'https' };
  const encrypted = await new PageVisitor(api, https).post('/login', { form: { email, password } });
  t.regex(
    encrypted.cookies[0] ?? '',
    /^__Host-webhoster-session=[\w.-]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
  );
});

test('a wrong password says so in place, keeps the email, and not the password', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const refused = await new PageVisitor(api).post('/login', { form: { email, password: 'not-this-one' } });
  t.is(refused.status, 401);
  t.regex(refused.text, /role="alert"[^]*The email or the password is wrong/);
  t.true(refused.text.includes(`value="${email}"`));
  t.false(refused.text.includes('not-this-one'));
  t.deepEqual(refused.cookies, []);
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
  t.is(await Session.count({ where: { userId: account.id } }), 0);
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1');
});

test('signing out everywhere ends all sessions', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const elsewhere = new PageVisitor(api);
  await elsewhere.post('/login', { form: { email: account.email, password } });
  const gone = await PageVisitor.as(api, account).post('/account/sign-out-everywhere');
  t.is(gone.location, '/login?everywhere=1');
  t.is((await elsewhere.get('/hosting')).location, '/login?over=1');
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
    t.is(page.location, '/login', path);
    t.deepEqual(page.cookies, [], path);
  }
});

test('an expired session opens nothing', async (t) => {
  const account = await makeAccount(api);
  await Session.update({ expiresAt: new Date(Date.now() - 1_000) }, { where: { id: account.sessionId } });
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1');
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
  t.is((await PageVisitor.as(api, account).get('/account')).location, '/login?over=1');
});

test('too many wrong passwords: the page says how long to wait', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const visitor = new PageVisitor(api, { 'X-Real-IP': '192.0.2.77' });
  const tries = Array.from({ length: 10 }, () => visitor.post('/login', { form: { email, password: 'wrong' } }));
  await Promise.all(tries);
  const refused = await visitor.post('/login', { form: { email, password } });
  t.is(refused.status, 429);
  t.regex(refused.text, /Please try again in 1[45] min/);
  // Counted by the visitor's address, not by the api's own.
  t.is((await new PageVisitor(api).post('/login', { form: { email, password } })).status, 303);
});
