// Every address of the interface as nobody, as a user with a hosting, as another user, and as an operator.
import { randomUUID } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { pageRoutes } from '../../api/web/router.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { makeHosting } from '../support/api/operations.ts';
import { PageVisitor, type VisitOptions } from '../support/api/page-visitor.ts';

/** One user has a hosting with a key and a domain; another has an account and nothing else; a third is an operator. */
interface Scene {
  owner: Account;
  other: Account;
  operator: Account;
  key: string;
  domain: string;
}

const roles = ['nobody', 'owner', 'other', 'operator'] as const;
type Role = (typeof roles)[number];

interface Row extends Record<Role, number> {
  send?: (scene: Scene) => VisitOptions & { id?: string };
}

const everybody = (status: number): Row => ({ nobody: status, owner: status, other: status, operator: status });
/** Nobody is asked to log in. */
const users = (owner: number, other = owner): Row => ({ nobody: 303, owner, other, operator: other });
const operators = (status: number): Row => ({ nobody: 303, owner: 403, other: 403, operator: status });
const ownerId = ({ owner }: Scene) => ({ id: String(owner.id) });

/** The expected status: 303 is an action that was done, or the way to the log-in. */
const matrix: Record<string, Row> = {
  'GET /': users(303),
  'GET /docs': everybody(200),
  'POST /language': everybody(303),
  'GET /login': users(303),
  'POST /login': everybody(422),
  'GET /signup': users(303),
  'POST /signup': everybody(422),
  'POST /logout': everybody(303),
  'GET /goodbye': users(303),
  'GET /hosting': users(200),
  'POST /hosting': users(409, 303),
  'POST /hosting/password': users(303, 404),
  'POST /hosting/password-kept': users(303),
  'POST /hosting/start': users(409, 404),
  'POST /hosting/stop': users(303, 404),
  'POST /hosting/restart': users(303, 404),
  'POST /hosting/sleep': users(422),
  'POST /hosting/keys': users(422),
  'POST /hosting/keys/:id/remove': { ...users(303, 404), send: ({ key }) => ({ id: key }) },
  'POST /hosting/delete': { ...users(303, 422), send: ({ owner }) => ({ form: { name: owner.siteName } }) },
  'POST /hosting/domains': users(422),
  'POST /hosting/domains/:name/check': { ...users(303, 404), send: ({ domain }) => ({ id: domain }) },
  'POST /hosting/domains/:name/remove': { ...users(303, 404), send: ({ domain }) => ({ id: domain }) },
  'GET /hosting/events': { ...users(200), nobody: 401 },
  'GET /account': users(200),
  'GET /site-name': everybody(200),
  'POST /account/names': users(422),
  'POST /account/password': users(422),
  'POST /account/log-out-everywhere': users(303),
  'POST /account/delete': users(422),
  'GET /operator': operators(200),
  'GET /operator/users': operators(200),
  'GET /operator/users/:id': { ...operators(200), send: ownerId },
  'POST /operator/users/:id/suspend': { ...operators(303), send: ownerId },
  'POST /operator/users/:id/resume': { ...operators(303), send: ownerId },
  'POST /operator/users/:id/role': {
    ...operators(303),
    send: (scene) => ({ ...ownerId(scene), form: { role: 'user' } }),
  },
  'POST /operator/users/:id/log-out': { ...operators(303), send: ownerId },
  'GET /operator/hostings': operators(200),
  'GET /operator/operations': operators(200),
};
/** Pages for those who are not logged in. */
for (const page of ['GET /', 'GET /login', 'GET /signup', 'GET /goodbye'])
  Object.assign(matrix[page] ?? {}, { nobody: 200 });

let api: TestApi;
test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

async function makeScene(): Promise<Scene> {
  const [owner, other, operator] = await Promise.all([makeAccount(api), makeAccount(api), makeAccount(api)]);
  await makeHosting(api.stores.database, owner.id);
  await api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
  const key = await api.models.SshKey.create({
    userId: owner.id,
    name: 'laptop',
    publicKey: 'ssh-ed25519 AAAA',
    fingerprint: 'SHA256:abc',
    state: 'installed',
  });
  const domain = `${randomUUID()}.com`;
  await api.models.Domain.create({ userId: owner.id, name: domain, token: 'x', state: 'active' });
  return { owner, other, operator, key: key.id, domain };
}

async function belongings({ id: userId }: Account): Promise<string> {
  const where = { userId };
  const { Session, Hosting, Operation, SshKey, Domain } = api.models;
  const models = [Session, Hosting, Operation, SshKey, Domain] as {
    findAll: (options: object) => Promise<unknown[]>;
  }[];
  return JSON.stringify([
    await api.models.User.findAll({ where: { id: userId } }),
    ...(await Promise.all(models.map((model) => model.findAll({ where })))),
  ]);
}

async function attempt(t: ExecutionContext, route: string, role: Role): Promise<void> {
  const row = matrix[route];
  if (!row) return t.fail();
  const scene = await makeScene();
  const [method, path = ''] = route.split(' ');
  const { id = '', ...options } = row.send?.(scene) ?? {};
  const visitor = role === 'nobody' ? new PageVisitor(api) : PageVisitor.as(api, scene[role]);
  const before = await belongings(scene.owner);
  const address = path.replace(/:(id|name)/, id);
  if (route === 'GET /hosting/events') {
    const closed = new AbortController();
    t.is((await visitor.open(address, closed.signal)).status, row[role]);
    return closed.abort();
  }
  const { status, location } = method === 'GET' ? await visitor.get(address) : await visitor.post(address, options);
  t.is(status, row[role], `${route} as ${role}`);
  if (role === 'nobody' && row.owner !== row.nobody && status === 303) t.regex(location ?? '', /^\/login/);
  const mayChange = role === 'owner' || (role === 'operator' && path.startsWith('/operator/'));
  if (!mayChange) t.is(await belongings(scene.owner), before);
}

for (const route of Object.keys(matrix))
  for (const role of roles) test.serial(`${route} as ${role}`, (t) => attempt(t, route, role));

test('every address has a row, and every row an address', (t) => {
  const addresses = pageRoutes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  t.deepEqual(Object.keys(matrix).toSorted(), addresses.toSorted());
});

test('what an address declares about access is what it does', (t) => {
  for (const { method, path, access } of pageRoutes) {
    const row = matrix[`${method.toUpperCase()} ${path}`];
    const asksToLogIn = row && row.nobody !== row.owner && [303, 401].includes(row.nobody);
    if (access === 'public') t.not(row?.nobody, 401, path);
    if (access === 'operator') t.is(row?.owner, 403, path);
    if (access === 'user' && row?.owner !== 303) t.true(asksToLogIn, path);
  }
});
