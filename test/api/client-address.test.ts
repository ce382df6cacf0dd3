// Whom a limit and the audit log take a client for, through the real proxy.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';
import { startEdge, type TestEdge } from '../support/proxy/edge.ts';

let api: TestApi;
let proxy: TestEdge | undefined;
let url: string;

test.before(async () => {
  api = await startApi({ variables: { LIMIT_LOGIN_ACCOUNT: '2' } });
  proxy = await startEdge({ apiPort: Number(new URL(api.url).port), sites: {} });
  url = `http://127.0.0.1:${proxy.httpPort}/api/v1/auth/login`;
});
test.after.always(async () => {
  await proxy?.stop();
  await api.stop();
});

test.serial('a client cannot tell another address than its own', async (t) => {
  const form = { username: 'forger@example.com', password: 'not the secret' };
  const statuses: number[] = [];
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
    const headers = { 'X-Real-IP': address, 'X-Forwarded-For': address };
    statuses.push((await call(api, 'POST', url, { form, headers })).status);
  }
  t.deepEqual(statuses, [401, 401, 429]);
  const events = await api.models.AuditEvent.findAll();
  t.deepEqual(
    events.map(({ clientAddress }) => clientAddress),
    ['127.0.0.1', '127.0.0.1'],
  );
});

test.serial('an interface that is named with an address is left out', async (t) => {
  const form = { username: 'linked@example.com', password: 'not the secret' };
  const { status } = await call(api, 'POST', '/auth/login', { form, headers: { 'X-Real-IP': 'fe80::1%eth0' } });
  t.is(status, 401);
  t.truthy(await api.models.AuditEvent.findOne({ where: { clientAddress: 'fe80::1' } }));
});
