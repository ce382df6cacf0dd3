// Tokens that open nothing, whoever made them.
import { createHmac, randomUUID } from 'node:crypto';
import test from 'ava';
import jwt from 'jsonwebtoken';
import { deleteAccount } from '../../api/accounts/account.ts';
import { onBehalfOf } from '../../api/audit.ts';
import { routes } from '../../api/http/router.ts';
import { tokenRules } from '../../api/accounts/tokens.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';
import { assertRefused } from '../support/api/refusal.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
let owner: Account;
let other: Account;
let deleted: Account;

test.before(async () => {
  api = await startApi();
  owner = await makeAccount(api);
  other = await makeAccount(api);
  deleted = await makeAccount(api, passwordHash);
  const user = await api.models.User.findByPk(deleted.id, { rejectOnEmpty: true });
  await deleteAccount(api.stores.database, { user, actor: onBehalfOf(user.id), password: 'secure123' });
});
test.after.always(() => api.stop());

const refusal = { status: 401, code: 'UNAUTHENTICATED' };
const secret = () => api.services.config.JWT_SECRET;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inAnHour = Math.floor(Date.now() / 1000) + 3600;

/** What a good token says of the installation. */
function place(): { issuer: string; audience: string } {
  const { issuer, audience } = tokenRules(api.services.config);
  return { issuer, audience };
}

function sign(options: jwt.SignOptions, key = secret()): string {
  return jwt.sign({ sid: owner.sessionId }, key, {
    algorithm: 'HS256',
    ...place(),
    subject: String(owner.id),
    expiresIn: 600,
    ...options,
  });
}

function withSession(sid: string): string {
  return jwt.sign({ sub: String(owner.id), sid }, secret(), { expiresIn: 600, ...place() });
}

/** The owner's token with these claims beside subject, session and time. */
function withClaims(claims: object): string {
  return jwt.sign({ sub: String(owner.id), sid: owner.sessionId, ...claims }, secret(), { expiresIn: 600 });
}

/** The owner's payload under a header of the attacker's choice. */
function forge(header: object, signature: (input: string) => string): string {
  const { issuer: iss, audience: aud } = place();
  const input = `${encode(header)}.${encode({ sub: String(owner.id), sid: owner.sessionId, exp: inAnHour, iss, aud })}`;
  return `${input}.${signature(input)}`;
}

const headers: Record<string, () => string> = {
  'an empty header': () => '',
  'no token in it': () => 'Bearer',
  garbage: () => 'Bearer x.y.z',
  'three words': () => `Bearer ${owner.token} more`,
  'another scheme': () => `Basic ${Buffer.from('user:secure123').toString('base64')}`,
  'an expired token': () => `Bearer ${sign({ expiresIn: -10 })}`,
  'a token of later': () => `Bearer ${sign({ notBefore: 600 })}`,
  'alg none': () => `Bearer ${forge({ alg: 'none', typ: 'JWT' }, () => '')}`,
  'alg NONE with a signature': () => `Bearer ${forge({ alg: 'NONE', typ: 'JWT' }, () => 'c2ln')}`,
  'another secret': () => `Bearer ${sign({}, 'another-secret-of-the-same-length-12345')}`,
  'HS512 with the right secret': () => `Bearer ${sign({ algorithm: 'HS512' })}`,
  'HS256 in name, HS512 in fact': () =>
    `Bearer ${forge({ alg: 'HS256', typ: 'JWT' }, (input) => createHmac('sha512', secret()).update(input).digest('base64url'))}`,
  'a changed payload': () =>
    `Bearer ${owner.token.replace(/\.[^.]+\./, `.${encode({ sub: '1', sid: owner.sessionId, exp: inAnHour })}.`)}`,
  'a user that is gone': () => `Bearer ${deleted.token}`,
  'a subject that is no number': () => `Bearer ${sign({ subject: 'admin' })}`,
  'an empty subject': () => `Bearer ${sign({ subject: '' })}`,
  'no session': () => `Bearer ${jwt.sign({ sub: String(owner.id) }, secret(), { expiresIn: 600, ...place() })}`,
  'a session that is not there': () => `Bearer ${withSession(randomUUID())}`,
  'a session that is no id': () => `Bearer ${withSession('1')}`,
  'another’s session': () => `Bearer ${withSession(other.sessionId)}`,
  'another installation that has our secret': () => `Bearer ${sign({ issuer: 'https://elsewhere.example/' })}`,
  'another audience': () => `Bearer ${sign({ audience: `${api.services.config.PUBLIC_URL}/1` })}`,
  'no issuer': () => `Bearer ${withClaims({ aud: place().audience })}`,
  'no audience': () => `Bearer ${withClaims({ iss: place().issuer })}`,
  'a refresh token': () => `Bearer ${owner.refreshToken}`,
};

for (const [what, header] of Object.entries(headers)) {
  test(what, async (t) => {
    const Authorization = header();
    const secrets = Authorization.length > 20 ? [Authorization.split(' ')[1] ?? ''] : [];
    const request = { method: 'GET', path: '/auth/me', headers: { Authorization }, secrets };
    const answer = await assertRefused(t, api, request, refusal);
    t.is(answer.headers.get('WWW-Authenticate'), 'Bearer');
  });
}

for (const { method, path } of routes.filter(({ access }) => access === 'user')) {
  test(`${method} ${path} without a token`, async (t) => {
    await assertRefused(t, api, { method: method.toUpperCase(), path: path.replace(':id', 'x') }, refusal);
  });
}

test('a token in the address or a cookie counts for nothing', async (t) => {
  t.is((await call(api, 'GET', `/auth/me?access_token=${owner.token}&token=${owner.token}`)).status, 401);
  t.is((await call(api, 'GET', '/auth/me', { headers: { Cookie: `token=${owner.token}` } })).status, 401);
  t.false(api.log().includes(owner.token));
});

test('the tokens that the others are made from is good', async (t) => {
  t.is((await call(api, 'GET', '/auth/me', { token: sign({}) })).status, 200);
  const forged = forge({ alg: 'HS256', typ: 'JWT' }, (input) =>
    createHmac('sha256', secret()).update(input).digest('base64url'),
  );
  t.is((await call(api, 'GET', '/auth/me', { token: forged })).status, 200);
});
