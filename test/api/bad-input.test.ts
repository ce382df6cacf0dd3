// Bodies that no client should send: each is refused with a sentence, and leaves nothing behind.
import test, { type ExecutionContext } from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, makeAccount } from '../support/api/calls.ts';
import { assertRefused, type BadRequest, type Refusal } from '../support/api/refusal.ts';

const secret = 'hunter2-never-to-be-logged';
const good = { email: 'bad-input@example.com', username: 'bad-input', password: secret };
const json = 'application/json';
const form = 'application/x-www-form-urlencoded';
const invalid: Refusal = { status: 422, code: 'VALIDATION_FAILED' };
const malformed: Refusal = { status: 400, code: 'BODY_MALFORMED' };
const tooLarge: Refusal = { status: 413, code: 'BODY_TOO_LARGE' };
const wrongType: Refusal = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' };

const routes = {
  register: { path: '/auth/register', type: json },
  login: { path: '/auth/login', type: form },
  refresh: { path: '/auth/refresh', type: form },
  host: { path: '/host', type: json },
  password: { path: '/auth/password', type: json },
  leave: { path: '/auth/me', type: json, method: 'DELETE' },
} as const;
type RouteName = keyof typeof routes;
const publicNames = { register: true, login: true, refresh: true };

let api: TestApi;
let token: string;

test.before(async () => {
  api = await startApi();
  ({ token } = await makeAccount(api));
});
test.after.always(() => api.stop());

function requestTo(name: RouteName, body: string | Buffer, type: string = routes[name].type): BadRequest {
  const headers = { 'Content-Type': type };
  const { path, method = 'POST' } = routes[name] as { path: string; method?: string };
  return {
    method,
    path,
    body,
    headers,
    secrets: [secret],
    ...(!(name in publicNames) && { token }),
  };
}

function refused(name: RouteName, what: string, body: string | Buffer, refusal: Refusal, type?: string): void {
  test(`${name}: ${what}`, async (t) => {
    const { body: answer } = await assertRefused(t, api, requestTo(name, body, type), refusal);
    if (refusal === invalid) assertIssues(t, answer.error?.details);
    if (refusal === wrongType) t.deepEqual(answer.error?.details, { expected: routes[name].type });
  });
}

/** Each complaint names a place in the body and says something. */
function assertIssues(t: ExecutionContext, details: unknown): void {
  const issues = details as { path: string; message: string }[];
  t.true(issues.length > 0);
  for (const { path, message } of issues) {
    t.regex(path, /^body/);
    t.true(message.length > 5);
  }
}

const objects: Record<'register' | 'host' | 'password' | 'leave', Record<string, unknown>> = {
  register: {
    'a number as email': { ...good, email: 5 },
    'no email address': { ...good, email: 'nobody' },
    'an email with 65 characters before the @': { ...good, email: `${'a'.repeat(65)}@example.com` },
    'an endless email': { ...good, email: `${'a'.repeat(300)}@example.com` },
    'a list as password': { ...good, password: [secret] },
    'null as username': { ...good, username: null },
    'a site name that is a path': { ...good, site_name: '../etc/passwd' },
    'a site name of markup': { ...good, site_name: '<script>' },
    'a list as site name': { ...good, site_name: ['abc'] },
    'a username with a line break': { ...good, username: 'line\nbreak' },
    'a username with NUL': { ...good, username: 'nul\u0000' },
    'a missing field': { email: good.email, password: secret },
    'an unknown field': { ...good, is_admin: true },
    'an id of one’s own': { ...good, id: 1 },
    nothing: {},
  },
  host: {
    'an unknown field': { ssh_port: 22 },
    'keys that are one string': { ssh_public_keys: 'ssh-ed25519 AAAA' },
    'keys that are numbers': { ssh_public_keys: [1, 2] },
    'keys that are null': { ssh_public_keys: null },
    'keys in an object': { ssh_public_keys: { 0: 'ssh-ed25519 AAAA' } },
  },
  password: {
    'no new password': { current_password: secret },
    'a list as new password': { current_password: secret, new_password: [secret] },
    'null as current password': { current_password: null, new_password: secret },
    'another’s id': { current_password: secret, new_password: secret, user_id: 1 },
    'an endless current password': { current_password: 'x'.repeat(3000), new_password: secret },
    nothing: {},
  },
  leave: {
    'a list as password': { password: [secret] },
    'an empty password': { password: '' },
    'another’s id': { password: secret, id: 1 },
    nothing: {},
  },
};
for (const name of ['register', 'host', 'password', 'leave'] as const) {
  for (const [what, value] of Object.entries(objects[name])) refused(name, what, JSON.stringify(value), invalid);
  refused(name, 'a list', '[]', invalid);
  refused(name, 'null', 'null', malformed);
  refused(name, 'a number', '7', malformed);
  refused(name, 'a string', `"${secret}"`, malformed);
  refused(name, 'half of an object', `{"password": "${secret}"`, malformed);
  refused(name, 'no JSON at all', secret, malformed);
  refused(name, 'bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), invalid);
  refused(name, 'lists in lists in lists', '['.repeat(30_000) + ']'.repeat(30_000), invalid);
  refused(name, 'deep objects', `{"a":`.repeat(10_000) + '1' + '}'.repeat(10_000), invalid);
  refused(name, '__proto__', `{"__proto__": {"is_admin": true}, ${JSON.stringify(good).slice(1)}`, malformed);
  refused(name, 'a constructor', `{"constructor": {"prototype": {"is_admin": true}}}`, invalid);
  refused(name, '10 MB', JSON.stringify({ ...good, username: 'x'.repeat(10_000_000) }), tooLarge);
  refused(name, 'a form', new URLSearchParams(good).toString(), wrongType, form);
  refused(name, 'plain text', JSON.stringify(good), wrongType, 'text/plain');
}

const forms: Record<string, string> = {
  'no password': 'username=a%40example.com',
  'two passwords': `username=a%40example.com&password=${secret}&password=b`,
  'an object as username': `username[$ne]=1&password=${secret}`,
  'an unknown field': `username=a%40example.com&password=${secret}&admin=1`,
  'another grant': `username=a%40example.com&password=${secret}&grant_type=refresh_token`,
  'an endless username': `username=${'a'.repeat(255)}&password=${secret}`,
  nothing: '',
};
for (const [what, body] of Object.entries(forms)) refused('login', what, body, invalid);
const refreshForms: Record<string, string> = {
  'no token': 'grant_type=refresh_token',
  'two tokens': `refresh_token=${secret}&refresh_token=b`,
  'another grant': `refresh_token=${secret}&grant_type=password`,
  'an endless token': `refresh_token=${secret}${'a'.repeat(200)}`,
  'an unknown field': `refresh_token=${secret}&user_id=1`,
  nothing: '',
};
for (const [what, body] of Object.entries(refreshForms)) refused('refresh', what, body, invalid);
refused('refresh', 'JSON', JSON.stringify({ refresh_token: secret }), wrongType, json);
refused('refresh', 'NUL in the token', `refresh_token=${secret}%00`, { status: 401, code: 'REFRESH_REFUSED' });
refused('login', '__proto__', `__proto__[admin]=1&password=${secret}`, invalid);
refused('login', 'broken percent signs', `username=%E0%A4%A&password=${secret}&%=%`, invalid);
refused('login', 'NUL in the username', `username=a%00b&password=${secret}`, {
  status: 401,
  code: 'WRONG_CREDENTIALS',
});
refused('login', '10 MB', `username=a&password=${'x'.repeat(10_000_000)}`, tooLarge);
refused('login', 'JSON', JSON.stringify(good), wrongType, json);

for (const coding of ['gzip', 'br', 'deflate', 'zstd', 'nonsense', 'gzip, identity']) {
  test(`a body that says it is ${coding}`, async (t) => {
    const request = {
      ...requestTo('register', JSON.stringify(good)),
      headers: { 'Content-Type': json, 'Content-Encoding': coding },
    };
    const { body } = await assertRefused(t, api, request, wrongType);
    t.deepEqual(body.error?.details, { expected: 'Content-Encoding: identity' });
  });
}

// PostgreSQL takes no half of a pair, and as UTF-8 all of them are the same character.
refused(
  'register',
  'a lone surrogate in the password',
  JSON.stringify({ ...good, password: `${secret}\ud800` }),
  invalid,
);
refused('register', 'a lone surrogate in the username', JSON.stringify({ ...good, username: 'half\udc00' }), invalid);
refused(
  'password',
  'a lone surrogate',
  JSON.stringify({ current_password: secret, new_password: `${secret}\udfff` }),
  invalid,
);

test('a body of unknown length ends at the limit', async (t) => {
  const body = ReadableStream.from(Array.from({ length: 4 }, () => Buffer.alloc(32_768, 'x')));
  const headers = { 'Content-Type': json };
  const init = { method: 'POST', headers, body, duplex: 'half' as const };
  const response = await fetch(`${api.url}/api/v1/auth/register`, init);
  t.is(response.status, 413);
  t.like(await response.json(), { success: false, error: { code: 'BODY_TOO_LARGE' } });
});

test('nothing of it reaches the prototype of objects', async (t) => {
  await call(api, 'POST', '/auth/register', {
    body: `{"__proto__":{"polluted":1}}`,
    headers: { 'Content-Type': json },
  });
  t.is(({} as { polluted?: number }).polluted, undefined);
});
