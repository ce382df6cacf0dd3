// Sessions begin with a log-in, go on by refreshing, and end at once.
import { randomBytes, randomUUID } from 'node:crypto';
import test from 'ava';
import jwt from 'jsonwebtoken';
import { openSession } from '../../api/accounts/sessions.ts';
import { onBehalfOf } from '../../api/audit.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount } from '../support/api/calls.ts';
import { dumpDatabase } from '../support/api/rows.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
const lifetimes = { lifetimeSeconds: 600, shortSeconds: 60, totalSeconds: 1_200 };

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

function refresh(refreshToken: string, more: Record<string, string> = {}): Promise<Called> {
  return call(api, 'POST', '/auth/refresh', { form: { refresh_token: refreshToken, ...more } });
}

const refreshTokenOf = ({ body }: Called) => String(body['refresh_token']);
const accessTokenOf = ({ body }: Called) => String(body['access_token']);

async function opens(token: string): Promise<boolean> {
  return (await call(api, 'GET', '/auth/me', { token })).status === 200;
}

/** Another session of the same user. */
async function anotherSession({ id }: Account) {
  const user = await api.models.User.findByPk(id, { rejectOnEmpty: true });
  return openSession(api.stores.database, { user, actor: onBehalfOf(id), ...lifetimes });
}

test('refreshing gives new tokens, again and again', async (t) => {
  const account = await makeAccount(api);
  const first = await refresh(account.refreshToken);
  t.is(first.status, 200);
  t.is(first.headers.get('Cache-Control'), 'no-store');
  t.like(first.body, { token_type: 'bearer', expires_in: 900, refresh_expires_in: 2_592_000 });
  t.true(await opens(accessTokenOf(first)));
  const second = await refresh(refreshTokenOf(first), { grant_type: 'refresh_token', client_id: 'swagger' });
  t.is(second.status, 200);
  t.is(new Set([account.refreshToken, refreshTokenOf(first), refreshTokenOf(second)]).size, 3);
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 1);
});

test('refreshing prolongs the session', async (t) => {
  const account = await makeAccount(api);
  const session = await api.models.Session.findByPk(account.sessionId, { rejectOnEmpty: true });
  const soon = new Date(Date.now() + 60_000);
  await session.update({ expiresAt: soon });
  t.is((await refresh(account.refreshToken)).status, 200);
  await session.reload();
  t.true(session.expiresAt > soon);
});

/** Seconds from a moment until the session ends. */
async function secondsLeft({ sessionId }: Account, from: number): Promise<number> {
  const { expiresAt } = await api.models.Session.findByPk(sessionId, { rejectOnEmpty: true });
  return (expiresAt.getTime() - from) / 1_000;
}

/** Has a session begun so many seconds ago. */
async function beganBefore({ sessionId: id }: Account, seconds: number): Promise<void> {
  await api.models.Session.update({ createdAt: new Date(Date.now() - seconds * 1_000) }, { where: { id } });
}

const ninetyDays = 7_776_000;

test('refreshing prolongs no session beyond ninety days, and the answer says how long it has', async (t) => {
  const account = await makeAccount(api);
  const now = Date.now();
  await beganBefore(account, ninetyDays - 300);
  const { status, body } = await refresh(account.refreshToken);
  t.is(status, 200);
  const left = await secondsLeft(account, now);
  t.true(left > 200 && left < 301, String(left));
  for (const told of [body['refresh_expires_in'], body['expires_in']])
    t.true(Number(told) > 200 && Number(told) <= 300, String(told));
  const { exp = 0, iat = 0 } = jwt.decode(accessTokenOf({ body } as Called)) as jwt.JwtPayload;
  t.is(exp - iat, Number(body['expires_in']));
});

test('a session of ninety days is not refreshed, whatever its row says', async (t) => {
  const account = await makeAccount(api);
  await beganBefore(account, ninetyDays + 1);
  const { status, body } = await refresh(account.refreshToken);
  t.is(status, 401);
  t.is(body.error?.code, 'REFRESH_REFUSED');
});

test('a log-in opens a session that is no longer than sessions may be', async (t) => {
  const { id } = await makeAccount(api);
  const user = await api.models.User.findByPk(id, { rejectOnEmpty: true });
  const options = { user, actor: onBehalfOf(id), ...lifetimes, totalSeconds: 60 };
  const { session } = await openSession(api.stores.database, options);
  t.true(session.expiresAt.getTime() <= Date.now() + 60_000);
});

test('who does not stay logged in has a short session, and refreshing keeps it short', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const form = { username: email, password: 'secure123', stay_logged_in: 'false' };
  const short = await call(api, 'POST', '/auth/login', { form });
  t.like(short.body, { expires_in: 900, refresh_expires_in: 43_200 });
  const refreshed = await refresh(refreshTokenOf(short));
  t.is(refreshed.body['refresh_expires_in'], 43_200);
  for (const stays of [{}, { stay_logged_in: 'true' }]) {
    const long = await call(api, 'POST', '/auth/login', { form: { username: email, password: 'secure123', ...stays } });
    t.is(long.body['refresh_expires_in'], 2_592_000);
  }
  t.is((await call(api, 'POST', '/auth/login', { form: { ...form, stay_logged_in: 'maybe' } })).status, 422);
});

test('a refresh token that comes again ends the session, for both who have it', async (t) => {
  const account = await makeAccount(api);
  const thief = await refresh(account.refreshToken);
  const again = await refresh(account.refreshToken);
  t.is(again.status, 401);
  t.is(again.body.error?.code, 'REFRESH_REFUSED');
  t.is((await refresh(refreshTokenOf(thief))).status, 401);
  t.false(await opens(accessTokenOf(thief)));
  t.false(await opens(account.token));
  const events = await api.models.AuditEvent.findAll({ where: { action: 'refresh', object: `account ${account.id}` } });
  t.deepEqual(
    events.map(({ userId, outcome }) => [userId, outcome]),
    [[null, 'REFRESH_REFUSED']],
  );
});

test('of twelve refreshes at once with one token, one succeeds, and the session ends', async (t) => {
  const account = await makeAccount(api);
  const answers = await Promise.all(Array.from({ length: 12 }, () => refresh(account.refreshToken)));
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array<number>(11).fill(401)]);
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 0);
});

test('a wrong token for a session that goes on ends it: its id was known to somebody', async (t) => {
  const account = await makeAccount(api);
  t.is((await refresh(`${account.sessionId}.${randomBytes(32).toString('base64url')}`)).status, 401);
  t.false(await opens(account.token));
});

for (const [what, token] of [
  ['of a session that is not there', `${randomUUID()}.${randomBytes(32).toString('base64url')}`],
  ['that is garbage', 'x.y.z'],
  ['of no session', '.'],
] as const) {
  test(`a refresh token ${what} is refused`, async (t) => {
    const answer = await refresh(token);
    t.is(answer.status, 401);
    t.is(answer.body.error?.code, 'REFRESH_REFUSED');
  });
}

test('an access token does not refresh', async (t) => {
  const account = await makeAccount(api);
  t.is((await call(api, 'POST', '/auth/refresh', { form: { refresh_token: account.token } })).status, 422);
  t.true(await opens(account.token));
});

test('a session that has expired opens nothing and is not refreshed', async (t) => {
  const account = await makeAccount(api);
  await api.models.Session.update({ expiresAt: new Date(Date.now() - 1_000) }, { where: { id: account.sessionId } });
  t.false(await opens(account.token));
  t.is((await refresh(account.refreshToken)).status, 401);
});

test('logging out ends this session at once, and no other', async (t) => {
  const account = await makeAccount(api);
  const other = await anotherSession(account);
  const { status, body } = await call(api, 'POST', '/auth/logout', { token: account.token });
  t.is(status, 200);
  t.like(body, { success: true, data: null });
  t.false(await opens(account.token));
  t.is((await refresh(account.refreshToken)).status, 401);
  t.is((await refresh(other.refreshToken)).status, 200);
});

test('logging out everywhere ends all sessions of the user, and nobody else’s', async (t) => {
  const [account, stranger] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const other = await anotherSession(account);
  t.is((await call(api, 'DELETE', '/auth/sessions', { token: account.token })).status, 200);
  t.false(await opens(account.token));
  t.is((await refresh(other.refreshToken)).status, 401);
  t.true(await opens(stranger.token));
});

test('the refresh token is kept and logged nowhere', async (t) => {
  const account = await makeAccount(api);
  const next = refreshTokenOf(await refresh(account.refreshToken));
  await refresh(account.refreshToken);
  const rows = await dumpDatabase(api.stores.database);
  t.true(rows.includes(`account ${account.id}`), 'the dump has the audit log');
  for (const token of [account.refreshToken, next]) {
    const [, secret = ''] = token.split('.');
    t.is(secret.length, 43);
    for (const text of [rows, api.log()]) t.false(text.includes(secret));
  }
});

test('no session is opened for a password that has changed since it was verified', async (t) => {
  const { id } = await makeAccount(api);
  const user = await api.models.User.findByPk(id, { rejectOnEmpty: true });
  await api.models.User.update({ passwordHash: 'another' }, { where: { id } });
  const opened = openSession(api.stores.database, { user, actor: onBehalfOf(id), ...lifetimes });
  await t.throwsAsync(opened, { message: 'WRONG_CREDENTIALS' });
});

test('a user has fifty sessions at most: the one that was not used for longest makes room', async (t) => {
  t.timeout(60_000);
  const account = await makeAccount(api);
  const sessions = [];
  for (let count = 1; count <= 50; count++) sessions.push(await anotherSession(account));
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 50);
  t.false(await opens(account.token));
  t.is((await refresh(sessions[0]?.refreshToken ?? '')).status, 200);
});

test('a log-in clears away the user’s sessions that have expired', async (t) => {
  const account = await makeAccount(api);
  await api.models.Session.update({ expiresAt: new Date(Date.now() - 1_000) }, { where: { id: account.sessionId } });
  await anotherSession(account);
  t.is(await api.models.Session.count({ where: { userId: account.id } }), 1);
});
