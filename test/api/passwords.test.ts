// Which passwords an account may have, and that none is cut, or told by the time it takes.
import { randomUUID } from 'node:crypto';
import test from 'ava';
import { isCommonPassword } from '../../api/accounts/common-passwords.ts';
import { verifyPassword } from '../../api/accounts/passwords.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, type Called, makeAccount } from '../support/api/calls.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
/** One with a name of its own. */
let named: TestApi;

test.before(async () => {
  api = await startApi({ variables: { LIMIT_LOGIN_ACCOUNT: '100', LIMIT_LOGIN_EMAIL: '100' } });
  named = await startApi({ stores: api.stores, variables: { PUBLIC_URL: 'https://hosting.example.com' } });
});
test.after.always(async () => {
  await named.stop();
  await api.stop();
});

function register(password: string, language = 'en'): Promise<Called & { email: string }> {
  const username = `pass-${randomUUID().slice(0, 8)}`;
  const email = `${username}@example.com`;
  const headers = { 'Accept-Language': language };
  const called = call(api, 'POST', '/auth/register', { json: { email, username, password }, headers });
  return called.then((answer) => ({ ...answer, email }));
}

function logIn(username: string, password: string): Promise<Called> {
  return call(api, 'POST', '/auth/login', { form: { username, password } });
}

function complaint({ body }: Called): string {
  const [issue] = body.error?.details as { path: string; message: string }[];
  return `${issue?.path}: ${issue?.message}`;
}

for (const password of ['password', 'PassWord1', 'qwerty123', '12345678', 'iloveyou']) {
  test(`${password} is refused, as many people have it`, async (t) => {
    const english = await register(password);
    t.is(english.status, 422);
    t.regex(complaint(english), /^body\.password: So many people use this password/);
    t.regex(complaint(await register(password, 'ko')), /^body\.password: 너무 많은 사람이/);
  });
}

for (const password of ['secure123', 'correct horse battery', '비밀번호는여덟자', 'ｐassword']) {
  test(`${password} is accepted`, async (t) => {
    const { status, email } = await register(password);
    t.is(status, 201);
    t.is((await logIn(email, password)).status, 200);
  });
}

/** Lets another account have the names of one that is there. */
async function freeNames(username: string): Promise<void> {
  const other = randomUUID().slice(0, 8);
  await api.models.User.update({ email: `${other}@example.com`, username: other }, { where: { username } });
}

/** Passwords with a word of their user's in them: with email and username, and whether they are refused. */
const personal: [what: string, password: string, refused: boolean, email?: string, username?: string][] = [
  ['the username', 'gildong-hong', true],
  ['the username with more', 'my gildong-hong is best', true],
  ['the username in other letters', 'GilDong-Hong', true],
  ['the username, decomposed', '길동이네집마당안녕'.normalize('NFD'), true, 'x@example.com', '길동이네집'],
  ['the email before the @', 'hong.gil.1234', true, 'Hong.Gil@example.com'],
  ['the name of the service', 'WebHoster2026', true],
  ['the name of the host', 'i like hosting.example.com', true],
  ['half of the username', 'gildong, the one', false],
  ['a username of three letters', 'secure123', false, 'x@example.com', 'ure'],
  ['the email behind the @', 'example.com and more', false],
];
for (const [what, password, refused, email = 'x@example.com', username = 'gildong-hong'] of personal) {
  test.serial(`${what} in a password is ${refused ? 'refused' : 'accepted'}, at sign-up and at a change`, async (t) => {
    for (const [language, sentence] of [
      ['en', /It contains your name, .+\. Choose another\.$/],
      ['ko', /비밀번호에 이름, .+ 다른 비밀번호를 쓰세요\.$/],
    ] as const) {
      const json = { email, username, password };
      const answer = await call(named, 'POST', '/auth/register', { json, headers: { 'Accept-Language': language } });
      if (!refused) t.true([201, 409].includes(answer.status), answer.text);
      else t.regex(complaint(answer), new RegExp(`^body\\.password: ${sentence.source}`));
    }
    await freeNames(username);
    const account = await makeAccount(named, passwordHash);
    await api.models.User.update({ email: email.toLowerCase(), username }, { where: { id: account.id } });
    const json = { current_password: 'secure123', new_password: password };
    const headers = { 'Accept-Language': 'en' };
    const changed = await call(named, 'POST', '/auth/password', { json, headers, token: account.token });
    t.is(changed.status, refused ? 422 : 200);
    if (refused) t.regex(complaint(changed), /^body\.new_password: It contains/);
    const stored = await api.models.User.findByPk(account.id, { rejectOnEmpty: true });
    t.is(await verifyPassword('secure123', stored.passwordHash), refused || password === 'secure123');
    await freeNames(username);
  });
}

test('the list is there', (t) => {
  t.true(isCommonPassword('PASSWORD123'));
  t.false(isCommonPassword('secure123'));
});

const flag = '🙂';
for (const [what, password, status] of [
  ['seven emoji', flag.repeat(7), 422],
  ['eight emoji', flag.repeat(8), 201],
  ['128 emoji', flag.repeat(128), 201],
  ['129 emoji', flag.repeat(129), 422],
  ['three syllables, decomposed to eight letters', '한글값'.normalize('NFD'), 422],
  ['128 syllables, decomposed', '값'.repeat(128).normalize('NFD'), 201],
  ['spaces at both ends', '  secret  ', 201],
  ['a NUL in it', 'secret\u0000one', 201],
] as const) {
  test(`a password of ${what} answers ${status}`, async (t) => {
    const answer = await register(password);
    t.is(answer.status, status);
    if (status === 422) t.regex(complaint(answer), /^body\.password: Use 8 to 128 characters\./);
    else t.is((await logIn(answer.email, password)).status, 200);
  });
}

for (const [what, password, almost] of [
  ['after NUL', 'secret\u0000one', 'secret\u0000two'],
  ['after 72 bytes', `${'가'.repeat(127)}a`, `${'가'.repeat(127)}b`],
  ['in a space at the end', 'secret one ', 'secret one'],
  ['in case', 'Secret one', 'secret one'],
] as const) {
  test(`passwords that differ ${what} are told apart`, async (t) => {
    const { email } = await register(password);
    t.is((await logIn(email, almost)).status, 401);
    t.is((await logIn(email, password)).status, 200);
  });
}

test('a password is the same however its letters are composed', async (t) => {
  const { email } = await register('비밀번호는여덟자'.normalize('NFD'));
  t.is((await logIn(email, '비밀번호는여덟자'.normalize('NFC'))).status, 200);
});

test.serial('an unknown email takes as long as a known one', async (t) => {
  const { email } = await register('secure123');
  const times = { known: [] as number[], unknown: [] as number[] };
  const names = { known: email, unknown: 'nobody-has-this@example.com' };
  for (let round = 0; round < 9; round++) {
    for (const who of ['known', 'unknown'] as const) {
      const start = performance.now();
      await logIn(names[who], 'not the secret');
      times[who].push(performance.now() - start);
    }
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
  const ratio = median(times.unknown) / median(times.known);
  // Without the work for nobody it is about a twentieth; the rest is room for a busy machine.
  t.true(ratio > 1 / 3 && ratio < 3, `the ratio is ${ratio}`);
});
