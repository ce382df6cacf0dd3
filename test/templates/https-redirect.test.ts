// Where HTTPS is wanted: pages are sent on to it, and calls of programs that come without are refused.
import test from 'ava';
import { ask, startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';

/** Stands for a site and for the api. */
let behind: Tenant;
/** By what HTTPS_REDIRECT says. */
let edges: Record<'on' | 'strict', TestEdge>;

test.before(async () => {
  behind = await startTenant((_request, response) => void response.end('it arrived'));
  const options = { apiPort: behind.port, sites: { 1: behind.port } };
  const [on, strict] = await Promise.all(
    (['on', 'strict'] as const).map((httpsRedirect) => startEdge({ ...options, httpsRedirect })),
  );
  edges = { on: on as TestEdge, strict: strict as TestEdge };
});
test.after.always(async () => {
  await Promise.all(Object.values(edges).map((edge) => edge.stop()));
  await behind.stop();
});

test('pages are sent on to HTTPS where that is wanted, but for the api and the workers', async (t) => {
  for (const name of ['on', 'strict'] as const) {
    const { httpsPort } = edges[name];
    for (const path of ['/', '/1', '/1/x?y=%2Fz', '/docs', '/apis', '/1/api/v1/host']) {
      const { status, headers } = await ask(edges[name], path);
      t.is(status, 308);
      t.is(headers.location, `https://localhost:${httpsPort}${path}`);
      t.is(headers['strict-transport-security'], undefined, 'it means nothing without encryption');
    }
    for (const path of ['/1/', '/api/v1/health']) {
      const inner = await ask(edges[name], path, { headers: { host: '127.0.0.1' } });
      t.is(inner.status, 200);
    }
  }
});

/** Addresses that lead to the API, and ways to send something there. */
const callsInClear: [path: string, options: Parameters<typeof ask>[2]][] = [
  ['/api/v1/host/my', { headers: { authorization: 'Bearer x' } }],
  ['/api/v1/auth/login', { method: 'POST', body: 'username=a@example.com&password=secure123' }],
  ['/api', {}],
  ['/API/v1/health', {}],
  ['/%61pi/v1/health', {}],
  ['//api/v1/health', {}],
  ['/1/../api/v1/health', {}],
];
for (const [path, options] of callsInClear) {
  test(`a call in clear is refused, not sent on, where HTTPS is wanted: ${path}`, async (t) => {
    const { on, strict } = edges;
    for (const edge of [on, strict, { ...on, httpPort: on.httpsPort }]) {
      const { status, headers, text } = await ask(edge, path, options);
      t.is(status, 403);
      t.is(headers.location, undefined);
      t.is(headers['content-type'], 'application/json');
      const { success, message, error } = JSON.parse(text) as { success: boolean; message: string; error: object };
      t.false(success);
      t.regex(message, /암호화되지 않은 요청.*\(Calls without encryption are refused\. Send them to https:/);
      t.deepEqual(error, { code: 'HTTPS_REQUIRED', details: null });
    }
  });
}
