// Signing up and logging in on a page: the forms, where they lead, and what is refused.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
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

for (const path of ['/login', '/signup'])
  test(`${path} asks whether to stay logged in, which nobody does by itself`, async (t) => {
    for (const language of ['en', 'ko']) {
      const { text } = await new PageVisitor(api, { 'Accept-Language': language }).get(path);
      t.regex(text, /<input type="checkbox" id="stay" name="stay" value="yes" aria-describedby="stay-hint">/);
      t.regex(text, language === 'en' ? /Stay logged in on this device[^]*after 12 h/ : /로그인 유지[^]*12시간 뒤/);
    }
  });

test('what was chosen is still chosen when the form was refused', async (t) => {
  const form = { email: 'nobody@example.com', password: 'wrong', username: '-', stay: 'yes' };
  for (const path of ['/login', '/signup'])
    t.regex((await new PageVisitor(api).post(path, { form })).text, /name="stay" value="yes" checked/);
});

test('a page that asks for a log-in says so, and is come back to', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const visitor = new PageVisitor(api);
  const { location } = await visitor.get('/account?changed=1');
  t.is(location, '/login?back=%2Faccount%3Fchanged%3D1');
  const asked = await visitor.get(location ?? '');
  t.regex(asked.text, /role="status"><p>Please log in to see that page/);
  const [, back = ''] = /action="\/login"[^]*name="back" value="([^"]+)"/.exec(asked.text) ?? [];
  t.is(back, '/account?changed=1');
  const wrong = await visitor.post('/login', { form: { email, password: 'wrong', back } });
  t.true(wrong.text.includes(`name="back" value="${back}"`), 'after a wrong password too');
  t.is((await visitor.post('/login', { form: { email, password, back } })).location, '/account?changed=1');
  t.is((await visitor.get(location ?? '')).location, '/account?changed=1', 'who is logged in goes on');
});

test('a form whose session has ended comes back to its page', async (t) => {
  const account = await makeAccount(api);
  await api.models.Session.destroy({ where: { id: account.sessionId } });
  const sent = await PageVisitor.as(api, account).post('/account/password', { form: {} });
  t.is(sent.location, '/login?over=1&back=%2Faccount');
  t.regex((await new PageVisitor(api).get(sent.location ?? '')).text, /You are no longer logged in/);
});

test('who presses the button of the sign-up twice is logged in', async (t) => {
  const form = { email: 'twice@example.com', username: 'twice', password };
  const visitor = new PageVisitor(api);
  const both = await Promise.all([visitor.post('/signup', { form }), visitor.post('/signup', { form })]);
  t.deepEqual(
    both.map(({ location }) => location),
    ['/hosting', '/hosting'],
  );
  t.is((await visitor.get('/account')).status, 200);
  const again = await new PageVisitor(api).post('/signup', { form });
  t.is(again.location, '/hosting');
  const stranger = await new PageVisitor(api).post('/signup', { form: { ...form, password: 'another secret' } });
  t.is(stranger.status, 409);
  t.deepEqual(stranger.cookies, []);
});

test('classmates’ wrong passwords do not hold up the browser that the owner logs in with', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const school = { 'X-Real-IP': '192.0.2.78' };
  const owner = new PageVisitor(api, school);
  await owner.post('/login', { form: { email, password } });
  await owner.post('/logout');
  for (let count = 0; count < 10; count++)
    await new PageVisitor(api, school).post('/login', { form: { email, password: 'a guess' } });
  t.is((await owner.post('/login', { form: { email, password } })).location, '/hosting');
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

test('too many wrong passwords: the page says how long to wait', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const visitor = new PageVisitor(api, { 'X-Real-IP': '192.0.2.77' });
  const tries = Array.from({ length: 8 }, () => visitor.post('/login', { form: { email, password: 'wrong' } }));
  await Promise.all(tries);
  const refused = await visitor.post('/login', { form: { email, password } });
  t.is(refused.status, 429);
  t.regex(refused.text, /Please try again in [1-8] s/);
  // Counted by the visitor's address, not by the api's own.
  t.is((await new PageVisitor(api).post('/login', { form: { email, password } })).status, 303);
});
