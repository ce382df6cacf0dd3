// Guessing passwords becomes slow, and nobody is locked out by what others guess.
import test from 'ava';
import jwt from 'jsonwebtoken';
import { issueDeviceToken, tokenRules, type TokenRules } from '../../api/accounts/tokens.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount } from '../support/api/calls.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

// One after another: beside other log-ins the hash takes longer than the wait that it is tried against.
let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

let addresses = 0;
/** Each test comes from an address of its own, which a whole school has. */
const newAddress = () => `192.0.2.${++addresses}`;

interface Attempt {
  email: string;
  given?: string;
  address: string;
  device?: string | undefined;
}

function logIn({ email, given = password, address, device }: Attempt): Promise<Called> {
  const form = { username: email, password: given, ...(device !== undefined && { device_token: device }) };
  return call(api, 'POST', '/auth/login', { form, headers: { 'X-Real-IP': address } });
}

async function guess(times: number, attempt: Attempt): Promise<number[]> {
  const statuses: number[] = [];
  for (let count = 0; count < times; count++) statuses.push((await logIn({ ...attempt, given: 'a guess' })).status);
  return statuses;
}

/** The device on which somebody has logged in before, at home. */
async function knownDevice({ email }: Pick<Account, 'email'>, device?: string): Promise<string> {
  const { status, body } = await logIn({ email, address: newAddress(), device });
  if (status !== 200) throw new Error(`The log-in was answered with ${status}.`);
  return String(body['device_token']);
}

/** Whether it was counted as of a device that is known. */
const isCountedApart = ({ headers }: Called) => (headers.get('RateLimit-Policy') ?? '').startsWith('"login-device"');

const waitOf = ({ headers }: Called) => Number(headers.get('Retry-After'));
const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** What the answer says of when the next attempt may be: of the policy that has least left. */
function nextAfter({ headers }: Called): number {
  const standings = [...(headers.get('RateLimit') ?? '').matchAll(/r=(\d+);t=(\d+)/g)].map(([, r, t]) => [+r!, +t!]);
  return Math.max(0, ...standings.filter(([remaining]) => remaining === 0).map(([, seconds = 0]) => seconds));
}

test.serial('ten wrong passwords of classmates do not hold up a device that the owner has used before', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const device = await knownDevice(account);
  const attempt = { email: account.email, address: newAddress() };
  t.deepEqual((await guess(10, attempt)).slice(0, 6), [401, 401, 401, 401, 401, 429]);
  t.is((await logIn({ ...attempt, device })).status, 200);
});

test.serial('on another device the right password waits no longer than is told', async (t) => {
  const { email } = await makeAccount(api, passwordHash);
  const attempt = { email, address: newAddress() };
  await guess(10, attempt);
  const told = await logIn(attempt);
  t.is(told.status, 429);
  t.true(waitOf(told) >= 1 && waitOf(told) <= 2, String(waitOf(told)));
  await pause(waitOf(told));
  t.is((await logIn(attempt)).status, 200);
  t.is((await logIn(attempt)).status, 200, 'what was right does not make the next wait');
});

test.serial('each wrong password beyond some makes the next wait twice as long', async (t) => {
  const attempt = { email: 'nobody-waits@example.com', address: newAddress(), given: 'a guess' };
  await guess(4, attempt);
  const waits: number[] = [];
  for (let count = 0; count < 3; count++) {
    const wrong = await logIn(attempt);
    t.is(wrong.status, 401);
    const refused = await logIn(attempt);
    t.is(refused.status, 429);
    t.true(waitOf(refused) <= nextAfter(wrong));
    waits.push(nextAfter(wrong));
    if (count < 2) await pause(waitOf(refused));
  }
  t.deepEqual(waits, [1, 2, 4]);
});

/** Guesses without a pause, as if the time that is told had gone by, until an hour is over. */
async function guessesInAnHour(attempt: () => Attempt): Promise<number> {
  let [count, elapsed] = [0, 0];
  while (elapsed <= 3_600) {
    const answer = await logIn({ ...attempt(), given: 'a guess' });
    if (answer.status !== 401) throw new Error(`Guess ${count} was answered with ${answer.status}.`);
    count += 1;
    elapsed += nextAfter(answer);
    const { redis } = api.services;
    for (const key of await redis.keys('limit:login-*:turn:*')) await redis.del(key);
  }
  return count;
}

test.serial('from one address an email has 24 guesses in an hour, from all 119, on a known device 24', async (t) => {
  const [one, all, own] = await Promise.all(Array.from({ length: 3 }, () => makeAccount(api, passwordHash)));
  const device = await knownDevice(own!);
  const address = newAddress();
  t.is(await guessesInAnHour(() => ({ email: one!.email, address })), 24);
  t.is(await guessesInAnHour(() => ({ email: own!.email, address: newAddress(), device })), 24);
  let index = 0;
  // An address of its own for each.
  const anywhere = () => `198.51.100.${++index}`;
  t.is(await guessesInAnHour(() => ({ email: all!.email, address: anywhere() })), 119);
});

test.serial('the failures of a device hold it up, wherever it is, and nobody else', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const { email } = account;
  const device = await knownDevice(account);
  t.deepEqual(await guess(6, { email, address: newAddress(), device }), [401, 401, 401, 401, 401, 429]);
  t.is((await logIn({ email, address: newAddress(), device })).status, 429);
  t.is((await logIn({ email, address: newAddress() })).status, 200);
});

test.serial('a device is known for the accounts that logged in there, and for no other', async (t) => {
  const [first, second, stranger] = await Promise.all(Array.from({ length: 3 }, () => makeAccount(api, passwordHash)));
  const device = await knownDevice(second!, await knownDevice(first!));
  const address = newAddress();
  for (const { email } of [first!, second!]) t.true(isCountedApart(await logIn({ email, address, device })));
  t.false(isCountedApart(await logIn({ email: stranger!.email, address, device })));
});

test.serial('the token of a device opens nothing', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const device = await knownDevice(account);
  t.is((await call(api, 'GET', '/auth/me', { token: device })).status, 401);
  t.is((await call(api, 'POST', '/auth/refresh', { form: { refresh_token: device } })).status, 422);
  t.is((await logIn({ email: account.email, given: device, address: newAddress(), device })).status, 401);
  t.is((await logIn({ email: account.email, given: 'wrong', address: newAddress(), device })).status, 401);
});

test.serial('a token that is not of a device is no reason to refuse, and no way past', async (t) => {
  const account = await makeAccount(api, passwordHash);
  const rules = tokenRules(api.services.config);
  const id = 'b1c1a0de-0000-4000-8000-000000000000';
  const of = (theirs: TokenRules) => issueDeviceToken(theirs, { id, userIds: [account.id] });
  const claims = { device: id, users: [account.id] };
  const forged = [
    'x.y.z',
    '',
    account.token,
    of(tokenRules({ ...api.services.config, JWT_SECRET: 'another-secret-of-the-same-length-12345' })),
    jwt.sign(claims, rules.secret, { issuer: rules.issuer, audience: rules.audience }),
    jwt.sign({ ...claims, exp: 1 }, rules.secret, {
      issuer: rules.issuer,
      audience: new URL('/login', rules.issuer).href,
    }),
  ];
  for (const device of forged) {
    const answer = await logIn({ email: account.email, address: newAddress(), device });
    t.is(answer.status, 200, device);
    t.false(isCountedApart(answer), device);
  }
  t.true(isCountedApart(await logIn({ email: account.email, address: newAddress(), device: of(rules) })));
});

test.serial('an email that nobody has answers as one that somebody has, with a device’s token too', async (t) => {
  const [account, owner] = await Promise.all([makeAccount(api, passwordHash), makeAccount(api, passwordHash)]);
  const device = await knownDevice(owner);
  for (const given of [undefined, device]) {
    const tell = async (email: string) => {
      const address = newAddress();
      const answers: Called[] = [];
      for (let count = 0; count < 6; count++)
        answers.push(await logIn({ email, address, given: 'a guess', device: given }));
      return answers.map(({ status, text, headers }) => [status, text, headers.get('RateLimit-Policy')]);
    };
    t.deepEqual(await tell(`nobody-${addresses}@example.com`), await tell(account.email));
  }
});

test.serial('the token of a device is logged nowhere', async (t) => {
  const device = await knownDevice(await makeAccount(api, passwordHash));
  t.false(api.log().includes(device));
});
