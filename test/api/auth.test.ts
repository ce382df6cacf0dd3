import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

let count = 0;
function newAccount(more: object = {}) {
  count += 1;
  return { email: `auth${count}@example.com`, username: `auth${count}`, password: 'secure123', ...more };
}

function register(account: object) {
  return call(api, 'POST', '/auth/register', { json: account });
}

function logIn(email: string, password: string) {
  return call(api, 'POST', '/auth/login', { form: { username: email, password } });
}

test('signing up answers with the account, and keeps no password', async (t) => {
  const account = newAccount();
  const { status, body, text } = await register(account);
  t.is(status, 201);
  t.like(body, { success: true, data: { user: { email: account.email, username: account.username } } });
  t.false(text.includes('secure123'));
  const row = await api.models.User.findOne({ where: { email: account.email }, rejectOnEmpty: true });
  t.regex(row.passwordHash, /^\$2[aby]\$11\$/);
  t.false(api.log().includes('secure123'));
});

test('a taken email is refused in any case', async (t) => {
  t.is((await register(newAccount({ email: 'taken-email@example.com' }))).status, 201);
  const { status, body } = await register(newAccount({ email: 'Taken-Email@Example.COM' }));
  t.is(status, 409);
  t.deepEqual(body.error, { code: 'ACCOUNT_TAKEN', details: { fields: ['email'] } });
});

test('of twelve sign-ups at once with one email, one gets it', async (t) => {
  const email = 'race@example.com';
  const answers = await Promise.all(Array.from({ length: 12 }, () => register(newAccount({ email }))));
  const statuses = answers.map(({ status }) => status).sort();
  t.deepEqual(statuses, [201, ...Array<number>(11).fill(409)]);
  t.is(await api.models.User.count({ where: { email } }), 1);
});

test('logging in with the form gives a token at the top level, which tells who one is', async (t) => {
  const account = newAccount();
  await register(account);
  const { status, headers, body } = await logIn(account.email.toUpperCase(), account.password);
  t.is(status, 200);
  t.is(headers.get('Cache-Control'), 'no-store');
  const fields = ['access_token', 'device_token', 'expires_in', 'refresh_expires_in', 'refresh_token', 'token_type'];
  t.deepEqual(Object.keys(body).sort(), fields);
  t.like(body, { token_type: 'bearer', expires_in: 900, refresh_expires_in: 2_592_000 });
  const me = await call(api, 'GET', '/auth/me', { token: String(body['access_token']) });
  t.is(me.status, 200);
  t.like(me.body, { success: true, data: { user: { email: account.email, username: account.username } } });
  t.false(me.text.includes('$2'));
});

test('a wrong password and an unknown email give the same answer', async (t) => {
  const account = newAccount();
  await register(account);
  const [wrong, unknown] = await Promise.all([
    logIn(account.email, 'secure124'),
    logIn('nobody-has-this@example.com', account.password),
  ]);
  t.is(wrong.status, 401);
  t.is(wrong.body.error?.code, 'WRONG_CREDENTIALS');
  t.is(unknown.status, 401);
  t.is(unknown.text, wrong.text);
});

for (const [length, status] of [
  [7, 422],
  [8, 201],
  [128, 201],
  [129, 422],
] as const) {
  test(`a password of ${length} characters answers ${status}`, async (t) => {
    const account = newAccount({ password: 'p'.repeat(length) });
    t.is((await register(account)).status, status);
    t.is((await logIn(account.email, account.password)).status === 200, status === 201);
  });
}

test('passwords that differ after 72 bytes are told apart', async (t) => {
  const account = newAccount({ password: `${'a'.repeat(90)}1` });
  await register(account);
  t.is((await logIn(account.email, `${'a'.repeat(90)}2`)).status, 401);
  t.is((await logIn(account.email, account.password)).status, 200);
});
