// How often one may ask, by whom it is counted, and what is not counted.
import { randomUUID } from 'node:crypto';
import test from 'ava';
import { routes } from '../../api/http/router.ts';
import { limitOf } from '../../api/http/routes/route.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { dumpRedis } from '../support/api/rows.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

const variables = {
  LIMIT_REGISTER: '2',
  LIMIT_LOGIN_ACCOUNT: '3',
  LIMIT_LOGIN_ADDRESS: '8',
  LIMIT_REFRESH: '2',
  LIMIT_PASSWORD: '2',
  LIMIT_CREATE: '2',
  LIMIT_CALLS: '4',
};
let api: TestApi;

test.before(async () => {
  api = await startApi({ variables });
});
test.after.always(() => api.stop());

let addresses = 0;
/** Each test comes from an address of its own. */
const newAddress = () => `192.0.2.${++addresses}`;

function logIn(address: string, username: string, given: string, on = api): Promise<Called> {
  const headers = { 'X-Real-IP': address, 'Accept-Language': 'en' };
  return call(on, 'POST', '/auth/login', { form: { username, password: given }, headers });
}

const statuses = (answers: Called[]) => answers.map(({ status }) => status);

/** What the answer says of its limits, by policy. */
function limitsOf({ headers }: Called): Record<string, string> {
  const items = (name: string) => (headers.get(name) ?? '').split(', ').map((item) => item.split(/";|"/).slice(1));
  const policies = Object.fromEntries(items('RateLimit-Policy')) as Record<string, string>;
  const standings = Object.fromEntries(items('RateLimit')) as Record<string, string>;
  return Object.fromEntries(Object.keys(policies).map((name) => [name, `${policies[name]} ${standings[name]}`]));
}

async function wrongLogins(count: number, address: string, email: string): Promise<Called[]> {
  const answers: Called[] = [];
  for (let index = 0; index < count; index++) answers.push(await logIn(address, email, 'not the secret'));
  return answers;
}

test('after so many wrong passwords the right one waits too, and the answer says until when', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const address = newAddress();
  t.deepEqual(statuses(await wrongLogins(3, address, email)), [401, 401, 401]);
  const refused = await logIn(address, email.toUpperCase(), password);
  t.is(refused.status, 429);
  t.is(refused.body.error?.code, 'RATE_LIMITED');
  t.regex(refused.body.message ?? '', /^There were too many requests\. .+\.$/);
  const wait = Number(refused.headers.get('Retry-After'));
  t.true(Number.isInteger(wait) && wait > 0 && wait <= 2);
  t.is((await logIn(newAddress(), email, password)).status, 200);
});

test('where one stands is in the headers of the draft', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const [first] = await wrongLogins(1, newAddress(), email);
  t.regex(
    first?.headers.get('RateLimit-Policy') ?? '',
    /^"login-account";q=3;w=3600, "login-email";q=100;w=3600, "login-address";q=8;w=900$/,
  );
  t.regex(
    first?.headers.get('RateLimit') ?? '',
    /^"login-account";r=2;t=(3600|35\d\d), "login-email";r=99;t=(3600|35\d\d), "login-address";r=7;t=(900|8\d\d)$/,
  );
});

test('a right password is not counted', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const address = newAddress();
  for (let index = 0; index < 10; index++) {
    const answer = await logIn(address, email, password);
    t.is(answer.status, 200);
    t.regex(limitsOf(answer)['login-account'] ?? '', /^q=3;w=3600 r=3;/);
    t.regex(limitsOf(answer)['login-address'] ?? '', /^q=8;w=900 r=8;/);
  }
});

test('an unknown email is counted like a known one', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const [known, unknown] = await Promise.all([
    wrongLogins(4, newAddress(), email),
    wrongLogins(4, newAddress(), 'nobody-has-this@example.com'),
  ]);
  t.deepEqual(statuses(unknown), [401, 401, 401, 429]);
  t.deepEqual(statuses(unknown), statuses(known));
  const told = (answers: Called[]) => answers.map((one) => [one.text, one.headers.get('RateLimit-Policy')]);
  t.deepEqual(told(unknown), told(known));
});

test('guesses at many accounts from one address are counted together', async (t) => {
  const address = newAddress();
  const answers: Called[] = [];
  for (let index = 0; index < 9; index++) answers.push(await logIn(address, `guess${index}@example.com`, password));
  t.deepEqual(statuses(answers), [...Array<number>(8).fill(401), 429]);
});

test('what the limit of an account refuses does not use up that of the address', async (t) => {
  const address = newAddress();
  const lookedAt = statuses(await wrongLogins(20, address, 'one@example.com')).filter(
    (status) => status === 401,
  ).length;
  t.true(lookedAt >= 3 && lookedAt < 8);
  const { email } = await makeAccount(api, passwordHash);
  t.regex(limitsOf(await logIn(address, email, password))['login-address'] ?? '', new RegExp(`r=${8 - lookedAt};`));
});

test('of twenty guesses at once no more are looked at than one after another', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const address = newAddress();
  const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(address, email, 'not the secret')));
  t.deepEqual(statuses(answers).sort(), [...Array<number>(3).fill(401), ...Array<number>(17).fill(429)]);
});

test('every process counts for all', async (t) => {
  const second = await startApi({ stores: api.stores, variables });
  t.teardown(() => second.stop());
  const address = newAddress();
  await wrongLogins(3, address, 'shared@example.com');
  t.is((await logIn(address, 'shared@example.com', password, second)).status, 429);
});

test('only what the proxy says of the address counts', async (t) => {
  const register = (headers: Record<string, string>) =>
    call(api, 'POST', '/auth/register', { json: { email: 'x' }, headers });
  const json = (index: number) => ({ email: `a${index}@example.com`, username: `address${index}`, password });
  const answers: Called[] = [];
  for (let index = 0; index < 3; index++) {
    const headers = { 'X-Forwarded-For': `198.51.100.${index}`, Forwarded: `for=198.51.100.${index}` };
    answers.push(await call(api, 'POST', '/auth/register', { json: json(index), headers }));
  }
  t.deepEqual(statuses(answers), [201, 201, 429]);
  t.is((await register({ 'X-Real-IP': newAddress() })).status, 422);
  // What is no address is not taken for one: it counts for the connection's.
  const headers = { 'X-Real-IP': '0x7f.1' };
  t.is((await call(api, 'POST', '/auth/register', { json: json(9), headers })).status, 429);
});

test('addresses of IPv6 count by their network', async (t) => {
  const answers: Called[] = [];
  for (const last of ['::1', '::2', ':abcd::3'])
    answers.push(await logIn(`2001:db8:1:2${last}`, 'v6@example.com', password));
  t.deepEqual(statuses(answers), [401, 401, 401]);
  t.is((await logIn('2001:db8:1:2::4', 'v6@example.com', password)).status, 429);
  t.is((await logIn('2001:db8:1:3::4', 'v6@example.com', password)).status, 401);
});

test('refreshing is counted by address', async (t) => {
  const headers = { 'X-Real-IP': newAddress() };
  const form = { refresh_token: 'x.y' };
  const answers: Called[] = [];
  for (let index = 0; index < 3; index++) answers.push(await call(api, 'POST', '/auth/refresh', { form, headers }));
  t.deepEqual(statuses(answers), [401, 401, 429]);
});

test('wrong passwords of one who is logged in are counted together, whatever they are given for', async (t) => {
  const { token } = await makeAccount(api, passwordHash);
  const json = { current_password: 'not mine', new_password: 'another secret' };
  t.is((await call(api, 'POST', '/auth/password', { token, json })).status, 403);
  t.is((await call(api, 'DELETE', '/auth/me', { token, json: { password: 'not mine' } })).status, 403);
  t.is((await call(api, 'DELETE', '/auth/me', { token, json: { password } })).status, 429);
});

test('creates are counted by user, those too that are refused', async (t) => {
  const create = ({ token }: Account) => call(api, 'POST', '/host', { token, headers: respondAsync });
  const [account, other] = await Promise.all([makeAccount(api), makeAccount(api)]);
  t.deepEqual(statuses([await create(account), await create(account), await create(account)]), [202, 409, 429]);
  t.is((await create(other)).status, 202);
});

test('all other calls of a user are counted together, whatever they are, and nobody else’s', async (t) => {
  const [{ token }, other] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const answers: Called[] = [];
  for (const path of ['/auth/me', '/host/my', '/auth/me', `/operations/${randomUUID()}`, '/auth/me'])
    answers.push(await call(api, 'GET', path, { token, headers: { 'X-Real-IP': newAddress() } }));
  t.deepEqual(statuses(answers), [200, 404, 200, 404, 429]);
  t.deepEqual(
    answers.map(({ headers }) => /r=(\d)/.exec(headers.get('RateLimit') ?? '')?.[1]),
    ['3', '2', '1', '0', '0'],
  );
  t.is((await call(api, 'DELETE', '/host/my', { token })).status, 429);
  t.is((await call(api, 'POST', '/auth/logout', { token })).status, 429);
  t.is((await call(api, 'GET', '/auth/me', { token: other.token })).status, 200);
});

test('all other calls of one who is not logged in are counted by address', async (t) => {
  const headers = { 'X-Real-IP': newAddress() };
  const answers: Called[] = [];
  for (let index = 0; index < 5; index++) answers.push(await call(api, 'GET', '/version', { headers }));
  t.deepEqual(statuses(answers), [200, 200, 200, 200, 429]);
  t.is((await call(api, 'GET', '/health/detailed', { headers })).status, 429);
  t.is((await call(api, 'GET', '/version', { headers: { 'X-Real-IP': newAddress() } })).status, 200);
});

test('whether the process serves may be asked without end, and says nothing of limits', async (t) => {
  const headers = { 'X-Real-IP': newAddress() };
  for (let index = 0; index < 10; index++) t.is((await call(api, 'GET', '/health', { headers })).status, 200);
  const { headers: told } = await call(api, 'GET', '/health', { headers });
  t.is(told.get('RateLimit'), null);
  t.is(told.get('RateLimit-Policy'), null);
});

test('all but one call have a limit; what takes a secret in its body, or makes something, has its own', (t) => {
  const names = (those: typeof routes) => those.map(({ method, path }) => `${method} ${path}`).toSorted();
  t.deepEqual(names(routes.filter((route) => !limitOf(route))), ['get /health']);
  const own = routes.filter((route) => ![undefined, 'calls'].includes(limitOf(route)));
  const changes = (path: string) => /^\/(host\/my|admin)\//.test(path);
  t.deepEqual(
    names(own),
    names(routes.filter(({ body, method, path }) => body || (method !== 'get' && changes(path)))),
  );
});

test('Redis is told no email and no password, and forgets by itself', async (t) => {
  await wrongLogins(1, newAddress(), 'typed-my-password-here');
  const redis = await dumpRedis(api.services.redis);
  t.false(redis.includes('typed-my-password-here'));
  const keys = await api.services.redis.keys('limit:login-*');
  t.true(keys.length > 1);
  for (const key of keys) {
    const seconds = await api.services.redis.ttl(key);
    // -1 is for ever; -2 is gone meanwhile.
    t.true(seconds !== -1 && seconds <= 3_600, key);
  }
});
