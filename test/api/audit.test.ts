// Who did what, from where.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, type Called, respondAsync } from '../support/api/calls.ts';
import { claim, endCreate, endDelete } from '../support/api/operations.ts';
import { password } from '../support/api/fixtures.ts';

const address = '192.0.2.7';
const headers = { 'X-Real-IP': address };
const newPassword = 'a better secret';
const account = { email: 'audit@example.com', username: 'audit', password };

let api: TestApi;
/** What happened, as it should be written down: action, object, outcome, and whether the user had proven who it is. */
const expected: [action: string, object: string | null, outcome: string, known: boolean][] = [];
/** Ids of the requests, and null for what a worker did; in the same order. */
const requests: (string | null)[] = [];

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

async function does(
  entry: (typeof expected)[number],
  method: string,
  path: string,
  options: Parameters<typeof call>[3] = {},
): Promise<Called> {
  const called = await call(api, method, path, { ...options, headers: { ...headers, ...options.headers } });
  requests.push(called.headers.get('X-Request-Id'));
  expected.push(entry);
  return called;
}

function logIn(entry: (typeof expected)[number], username: string, given: string): Promise<Called> {
  return does(entry, 'POST', '/auth/login', { form: { username, password: given } });
}

/** The id of a session, from a token. */
function sessionOf({ body }: Called): string {
  return String(body['refresh_token']).split('.')[0] ?? '';
}

/** Corrects what could not be known before the answer. */
function wasAbout(object: string): void {
  const last = expected.at(-1);
  if (last) last[1] = object;
}

async function operate(kind: 'create' | 'delete', token: string, userId: number): Promise<void> {
  const entry: (typeof expected)[number] = [`request_${kind}`, `hosting ${userId}`, 'ok', true];
  const [method, path] = kind === 'create' ? ['POST', '/host'] : ['DELETE', '/host/my'];
  const { body } = await does(entry, method ?? '', path ?? '', { token, headers: respondAsync });
  const { id } = body.data?.['operation'] as { id: string };
  const { database } = api.stores;
  await (kind === 'create' ? endCreate : endDelete)(database, await claim(database, id));
  requests.push(null);
  expected.push([`end_${kind}`, `hosting ${userId}`, 'ok', true]);
}

test('all of it is written down, in order, with address and request, and nothing secret', async (t) => {
  await does(['register', null, 'ok', true], 'POST', '/auth/register', { json: account });
  const { id } = await api.models.User.findOne({ where: { email: account.email }, rejectOnEmpty: true });
  const mine = `account ${id}`;
  wasAbout(mine);
  await logIn(['login', mine, 'WRONG_CREDENTIALS', false], account.email, 'typed wrong 1');
  await logIn(['login', null, 'WRONG_CREDENTIALS', false], 'typed wrong 2', password);
  const first = await logIn(['login', null, 'ok', true], account.email, password);
  wasAbout(`session ${sessionOf(first)}`);
  const form = { refresh_token: String(first.body['refresh_token']) };
  const next = await call(api, 'POST', '/auth/refresh', { form });
  await does(['refresh', mine, 'REFRESH_REFUSED', false], 'POST', '/auth/refresh', { form });

  const second = await logIn(['login', null, 'ok', true], account.email, password);
  wasAbout(`session ${sessionOf(second)}`);
  const token = String(second.body['access_token']);
  await operate('create', token, id);
  await operate('delete', token, id);
  const wrong = { current_password: 'typed wrong 3', new_password: newPassword };
  await does(['change_password', mine, 'WRONG_PASSWORD', true], 'POST', '/auth/password', { token, json: wrong });
  const right = { current_password: password, new_password: newPassword };
  await does(['change_password', mine, 'ok', true], 'POST', '/auth/password', { token, json: right });
  await does(['change_names', mine, 'ok', true], 'PATCH', '/auth/me', { token, json: { username: 'Another name' } });
  await does(['logout', `session ${sessionOf(second)}`, 'ok', true], 'POST', '/auth/logout', { token });

  const third = await logIn(['login', null, 'ok', true], account.email, newPassword);
  wasAbout(`session ${sessionOf(third)}`);
  const thirdToken = String(third.body['access_token']);
  await does(['logout_everywhere', mine, 'ok', true], 'DELETE', '/auth/sessions', { token: thirdToken });

  const fourth = await logIn(['login', null, 'ok', true], account.email, newPassword);
  wasAbout(`session ${sessionOf(fourth)}`);
  const last = { token: String(fourth.body['access_token']) };
  const wrongJson = { json: { password: 'typed wrong 4' } };
  await does(['delete_account', mine, 'WRONG_PASSWORD', true], 'DELETE', '/auth/me', { ...last, ...wrongJson });
  await does(['delete_account', mine, 'ok', true], 'DELETE', '/auth/me', { ...last, json: { password: newPassword } });

  const events = await api.models.AuditEvent.findAll({ order: [['id', 'ASC']] });
  t.deepEqual(
    events.map(({ action, object, outcome, userId }) => [action, object, outcome, userId]),
    expected.map(([action, object, outcome, known]) => [action, object, outcome, known ? id : null]),
  );
  t.deepEqual(
    events.map(({ requestId, clientAddress }) => [requestId, clientAddress]),
    requests.map((request) => [request, request && address]),
  );
  const text = JSON.stringify(events);
  const tokens = [first, next, second, third, fourth].flatMap(({ body }) => [
    String(body['access_token']),
    String(body['refresh_token']).split('.')[1] ?? '',
  ]);
  for (const secret of ['typed wrong', password, newPassword, account.email, '$2', ...tokens])
    t.false(text.includes(secret), secret);
});
