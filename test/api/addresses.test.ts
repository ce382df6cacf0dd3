// Addresses that lead nowhere, or to what is another's.
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import test from 'ava';
import { onBehalfOf } from '../../api/audit.ts';
import { requestCreate } from '../../api/operations/hosting.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccounts } from '../support/api/calls.ts';
import { assertRefused } from '../support/api/refusal.ts';

const range = { network: '10.9.0.0/24', firstPort: 10000, lastPort: 10100 };
let api: TestApi;
let owner: Account;
let other: Account;
let operation: string;

test.before(async () => {
  api = await startApi();
  const accounts = await makeAccounts(api, 2);
  [owner, other] = accounts as [Account, Account];
  const key = { actor: onBehalfOf(owner.id), sshPublicKeys: [], sshPasswordHash: null };
  ({ id: operation } = await requestCreate(api.stores.database, range, key));
});
test.after.always(() => api.stop());

for (const events of ['', '/events']) {
  const missing = { status: 404, code: 'OPERATION_NOT_FOUND' };

  test(`another's operation${events} is told from a missing one by nothing`, async (t) => {
    const { token } = other;
    const foreign = await assertRefused(
      t,
      api,
      { method: 'GET', path: `/operations/${operation}${events}`, token },
      missing,
    );
    const none = await assertRefused(
      t,
      api,
      { method: 'GET', path: `/operations/${randomUUID()}${events}`, token },
      missing,
    );
    t.is(foreign.text, none.text);
  });

  for (const id of ['1', 'x', '%00', `${'0'.repeat(36)}`, "'%20OR%201=1--", 'a'.repeat(4000), '%F0%9F%92%A9']) {
    test(`an operation's id that is no UUID: ${id.slice(0, 20)}${events}`, async (t) => {
      const { token } = owner;
      const invalid = { status: 422, code: 'VALIDATION_FAILED' };
      await assertRefused(t, api, { method: 'GET', path: `/operations/${id}${events}`, token }, invalid);
    });
  }
}

test('the owner sees the operation', async (t) => {
  const { status, body } = await call(api, 'GET', `/operations/${operation.toUpperCase()}`, { token: owner.token });
  t.is(status, 200);
  t.like(body.data, {
    operation: { id: operation, kind: 'create', state: 'queued', step: 'queued', progress: 0, error: null },
  });
});

test('a broken percent sign in an id', async (t) => {
  const { status, body } = await call(api, 'GET', '/operations/%E0%A4%A', { token: owner.token });
  t.true([400, 404, 422].includes(status), String(status));
  t.is(body.success, false);
});

for (const path of ['/nothing', '/host', '/operations/x/y', '/auth', '/host/my/more', '//host/my']) {
  if (path === '/host') continue;
  test(`an unknown path: ${path}`, async (t) => {
    await assertRefused(t, api, { method: 'GET', path, token: owner.token }, { status: 404, code: 'NOT_FOUND' });
  });
}

for (const path of [
  '/nowhere',
  '/assets/',
  '/assets/../package.json',
  '/assets/%2e%2e/package.json',
  '/api',
  '/api/v1',
  '/api/v2/host',
  '/.env',
  '/docs/../package.json',
  '/docs/%2e%2e/package.json',
]) {
  test(`an unknown path at the root: ${path}`, async (t) => {
    const { status, body } = await call(api, 'GET', `${api.url}${path}`);
    t.is(status, 404);
    t.is(body.error?.code, 'NOT_FOUND');
  });
}

for (const [method, path, allow] of [
  ['GET', '/host', ['POST']],
  ['PUT', '/host/my', ['DELETE', 'GET', 'HEAD', 'PATCH']],
  ['DELETE', '/auth/register', ['POST']],
  ['POST', '/auth/me', ['DELETE', 'GET', 'HEAD', 'PATCH']],
  ['PATCH', `/operations/${randomUUID()}`, ['GET', 'HEAD']],
  ['PROPFIND', '/health', ['GET', 'HEAD']],
] as const) {
  test(`a wrong method: ${method} ${path.slice(0, 15)}`, async (t) => {
    const { token } = owner;
    const answer = await assertRefused(t, api, { method, path, token }, { status: 405, code: 'METHOD_NOT_ALLOWED' });
    t.deepEqual(answer.headers.get('Allow')?.split(', ').sort(), [...allow]);
    const { allowed } = answer.body.error?.details as { allowed: string[] };
    t.deepEqual(allowed.sort(), [...allow]);
  });
}

test('a wrong method at an unknown path is an unknown path', async (t) => {
  await assertRefused(t, api, { method: 'PROPFIND', path: '/nothing' }, { status: 404, code: 'NOT_FOUND' });
  await assertRefused(t, api, { method: 'PATCH', path: '/nothing' }, { status: 404, code: 'NOT_FOUND' });
});

test('OPTIONS names the methods', async (t) => {
  const { status, headers } = await call(api, 'OPTIONS', '/host/my');
  t.is(status, 200);
  t.deepEqual(headers.get('Allow')?.split(', ').sort(), ['DELETE', 'GET', 'HEAD', 'PATCH']);
});

/** What fetch would tidy up on its way. */
async function rawGet(path: string): Promise<number> {
  const sent = request(api.url, { path }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

test('a path that climbs finds nothing', async (t) => {
  t.is(await rawGet('/docs/../../package.json'), 404);
  t.is(await rawGet('/docs/..%2fpackage.json'), 404);
  t.is(await rawGet('/api/v1/../v1/health'), 404);
});
