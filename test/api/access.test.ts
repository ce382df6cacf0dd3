// Who may call what: every route, as everybody, on objects that belong to the owner.
import { randomUUID } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import jwt from 'jsonwebtoken';
import { routes } from '../../api/http/router.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type CallOptions, makeAccount, respondAsync } from '../support/api/calls.ts';
import { makeHosting } from '../support/api/operations.ts';
import { password, passwordHash, publicKey } from '../support/api/fixtures.ts';

/** One user has a hosting with a key and a domain, made by an operation; the other, and the operator, have an account and nothing else. */
interface Scene {
  owner: Account;
  other: Account;
  operator: Account;
  operation: string;
  key: string;
  domain: string;
}

interface Row {
  nobody: number;
  /** With a token that is expired, forged or revoked. */
  badToken: number;
  owner: number;
  other: number;
  operator: number;
  /** What is sent along, and the id or name in the path. */
  send?: (scene: Scene) => CallOptions & { id?: string };
}

const withToken = (owner: number, other: number, operator: number) => ({
  nobody: 401,
  badToken: 401,
  owner,
  other,
  operator,
});
const everybody = (status: number) => ({ ...users(status), nobody: status, badToken: status });
const users = (status: number) => withToken(status, status, status);
// An operator is nobody special where it is about what one has oneself.
const onlyOwner = (status: number) => withToken(status, 404, 404);
const onlyOperator = (status: number) => withToken(403, 403, status);
const operationId = ({ operation }: Scene) => ({ id: operation });
const ownerId = ({ owner }: Scene) => ({ id: String(owner.id) });

/** The expected status. A call without an id in its path acts on what the caller has. */
const matrix: Record<string, Row> = {
  'POST /auth/register': { ...everybody(201), send: () => ({ json: newcomer() }) },
  'POST /auth/login': { ...everybody(200), send: ({ owner }) => ({ form: { username: owner.email, password } }) },
  'POST /auth/refresh': { ...everybody(200), send: ({ owner }) => ({ form: { refresh_token: owner.refreshToken } }) },
  'POST /auth/logout': users(200),
  'DELETE /auth/sessions': users(200),
  'GET /site-names/:name': { ...everybody(200), send: () => ({ id: 'gildong' }) },
  'GET /auth/me': users(200),
  'PATCH /auth/me': { ...users(200), send: () => ({ json: { username: 'Renamed' } }) },
  'POST /auth/password': {
    ...users(200),
    send: () => ({ json: { current_password: password, new_password: 'another secret' } }),
  },
  'DELETE /auth/me': { ...users(200), owner: 202, send: () => ({ json: { password } }) },
  'POST /host': { ...users(202), owner: 409, send: () => ({ headers: respondAsync }) },
  'GET /host/my': onlyOwner(200),
  'PATCH /host/my': { ...onlyOwner(200), send: () => ({ json: { sleep: 'auto' } }) },
  'DELETE /host/my': { ...onlyOwner(202), send: () => ({ headers: respondAsync }) },
  'POST /host/my/start': { ...onlyOwner(409), send: () => ({ headers: respondAsync }) },
  'POST /host/my/stop': { ...onlyOwner(202), send: () => ({ headers: respondAsync }) },
  'POST /host/my/restart': { ...onlyOwner(202), send: () => ({ headers: respondAsync }) },
  'POST /host/my/password': { ...onlyOwner(202), send: () => ({ headers: respondAsync }) },
  'GET /host/my/ssh-keys': onlyOwner(200),
  'POST /host/my/ssh-keys': { ...onlyOwner(201), send: () => ({ json: { public_key: publicKey } }) },
  'DELETE /host/my/ssh-keys/:id': { ...onlyOwner(200), send: ({ key }) => ({ id: key }) },
  'GET /host/my/domains': users(200),
  'POST /host/my/domains': { ...onlyOwner(201), send: () => ({ json: { name: `${randomUUID()}.com` } }) },
  'POST /host/my/domains/:name/check': { ...onlyOwner(200), send: ({ domain }) => ({ id: domain }) },
  'DELETE /host/my/domains/:name': { ...onlyOwner(200), send: ({ domain }) => ({ id: domain }) },
  'GET /operations': users(200),
  'GET /operations/:id': { ...onlyOwner(200), send: operationId },
  'GET /operations/:id/events': { ...onlyOwner(200), send: operationId },
  'GET /admin/users': onlyOperator(200),
  'GET /admin/users/:id': { ...onlyOperator(200), send: ownerId },
  'GET /admin/hostings': onlyOperator(200),
  'GET /admin/operations': onlyOperator(200),
  'GET /admin/node': onlyOperator(200),
  'POST /admin/users/:id/suspend': { ...onlyOperator(200), send: ownerId },
  'POST /admin/users/:id/resume': { ...onlyOperator(200), send: ownerId },
  'DELETE /admin/users/:id/sessions': { ...onlyOperator(200), send: ownerId },
  'POST /admin/users/:id/role': {
    ...onlyOperator(200),
    send: (scene) => ({ ...ownerId(scene), json: { role: 'user' } }),
  },
  'GET /health': everybody(200),
  // No worker reports in these tests.
  'GET /health/detailed': everybody(503),
  'GET /version': everybody(200),
};

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

function newcomer() {
  const username = `new-${randomUUID().slice(0, 8)}`;
  return { email: `${username}@example.com`, username, password };
}

/** The tokens that open nothing, by what is wrong with them. */
const badTokens: Record<string, (owner: Account) => Promise<string> | string> = {
  garbage: () => 'x.y.z',
  expired: ({ token }) => resign(token, { exp: 1 }),
  'alg none': ({ token }) => jwt.sign(payloadOf(token), '', { algorithm: 'none' }),
  'another secret': ({ token }) => jwt.sign(payloadOf(token), 'another-secret-of-the-same-length-12345'),
  'another audience': ({ token }) => resign(token, { aud: 'https://elsewhere.example/api' }),
  'another user': ({ token }) => resign(token, { sub: '99999999' }),
  revoked: async ({ token, sessionId }) => {
    await api.models.Session.destroy({ where: { id: sessionId } });
    return token;
  },
};

function payloadOf(token: string): object {
  return jwt.decode(token) as object;
}

function resign(token: string, changes: object): string {
  return jwt.sign({ ...payloadOf(token), ...changes }, api.services.config.JWT_SECRET);
}

async function makeScene(): Promise<Scene> {
  const account = () => makeAccount(api, passwordHash);
  const [owner, other, operator] = await Promise.all([account(), account(), account()]);
  await api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
  const operation = await makeHosting(api.stores.database, owner.id);
  const row = { userId: owner.id, name: 'a key', publicKey: 'ssh-rsa AAAA', fingerprint: 'SHA256:x' };
  const { id: key } = await api.models.SshKey.create({ ...row, state: 'installed' });
  const domain = `${randomUUID()}.com`;
  await api.models.Domain.create({ userId: owner.id, name: domain, token: randomUUID(), state: 'active' });
  return { owner, other, operator, operation, key, domain };
}

/** All that belongs to a user. */
async function belongings({ id: userId }: Account): Promise<unknown> {
  const where = { userId };
  const { Domain, Hosting, Operation, Session, SshKey, User } = api.models;
  const rows = [User.findAll({ where: { id: userId } }), Session.findAll({ where }), Hosting.findAll({ where })];
  const others = [SshKey.findAll({ where }), Operation.findAll({ where }), Domain.findAll({ where })];
  return JSON.stringify(await Promise.all([...rows, ...others]));
}

interface Attempt {
  route: string;
  scene: Scene;
  token: string | undefined;
  status: number;
}

/**
 * Makes the call. Unless the owner makes it, or an operator one of an operator's, and where it asks for a token at all,
 * nothing of the owner's may change.
 */
async function attempt(t: ExecutionContext, { route, scene, token, status }: Attempt): Promise<void> {
  const [method = '', path = ''] = route.split(' ');
  const { id = '', ...options } = matrix[route]?.send?.(scene) ?? {};
  const before = await belongings(scene.owner);
  const called = await call(api, method, path.replace(/:(id|name)/, id), { ...options, ...(token && { token }) });
  t.is(called.status, status, `${route}: ${called.text}`);
  const access = routes.find((one) => nameOf(one) === route)?.access;
  const mayChange = access === 'public' || (access === 'operator' && token === scene.operator.token);
  if (!mayChange && token !== scene.owner.token) t.is(await belongings(scene.owner), before);
}

const nameOf = ({ method, path }: { method: string; path: string }) => `${method.toUpperCase()} ${path}`;

for (const [route, row] of Object.entries(matrix)) {
  test.serial(`${route} as nobody`, async (t) => {
    await attempt(t, { route, scene: await makeScene(), token: undefined, status: row.nobody });
  });
  for (const role of ['owner', 'other', 'operator'] as const) {
    test.serial(`${route} as the ${role}`, async (t) => {
      const scene = await makeScene();
      await attempt(t, { route, scene, token: scene[role].token, status: row[role] });
    });
  }
  for (const [what, makeToken] of Object.entries(badTokens)) {
    // Refreshing needs the session that is revoked here.
    if (what === 'revoked' && route === 'POST /auth/refresh') continue;
    test.serial(`${route} with a bad token: ${what}`, async (t) => {
      const scene = await makeScene();
      const token = await makeToken(scene.owner);
      // It must differ from the owner's, for what the owner has to be looked at.
      await attempt(t, {
        route,
        scene: { ...scene, owner: { ...scene.owner, token: '' } },
        token,
        status: row.badToken,
      });
    });
  }
}

/** Routes without a row, and rows without a route. */
function mismatches(calls: string[]): string[] {
  const rows = Object.keys(matrix);
  return [...calls.filter((one) => !rows.includes(one)), ...rows.filter((row) => !calls.includes(row))];
}

test('every route has a row, and every row a route', (t) => {
  t.deepEqual(mismatches(routes.map(nameOf)), []);
});

test('a new route without a row is noticed, and a row whose route is gone', (t) => {
  const calls = routes.map(nameOf).filter((one) => one !== 'GET /version');
  t.deepEqual(mismatches([...calls, 'PUT /host/my']), ['PUT /host/my', 'GET /version']);
});
