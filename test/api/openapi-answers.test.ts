// The document is true of what the routes answer.
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import test, { type ExecutionContext } from 'ava';
import { apiPrefix } from '../../api/protocol.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { type Document, readDocument } from '../support/api/openapi.ts';
import { makeHosting } from '../support/api/operations.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;
let account: Account;
let document: Document;

test.before(async () => {
  api = await startApi();
  account = await makeAccount(api);
  document = await readDocument(api);
});
test.after.always(() => api.stop());

/** Holds an answer to the schema that the document has for it. */
function assertConforms(t: ExecutionContext, method: string, path: string, answer: Called, status: number): void {
  t.is(answer.status, status);
  const response = document.paths[`${apiPrefix}${path}`]?.[method]?.responses[status];
  const schema = response?.content['application/json']?.schema;
  if (!schema) return t.fail(`${method} ${path} documents no ${status}`);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const validate = ajv.compile({ ...(schema as object), components: document.components });
  t.true(validate(answer.body), `${method} ${path} ${status}: ${ajv.errorsText(validate.errors)}`);
  for (const [name, { required, schema: headerSchema }] of Object.entries(response.headers ?? {})) {
    const value = answer.headers.get(name);
    const fits = value === null ? !required : ajv.compile(headerSchema)(value);
    t.true(fits, `${method} ${path} ${status}: ${name}: ${value}`);
  }
}

test('events are what it says', async (t) => {
  const { id, token } = await makeAccount(api);
  const operation = await makeHosting(api.stores.database, id);
  const { text } = await call(api, 'GET', `/operations/${operation}/events`, { token });
  const path = `${apiPrefix}/operations/{id}/events`;
  const schema = document.paths[path]?.['get']?.responses[200]?.content['text/event-stream']?.schema as {
    properties: { data: { contentSchema: AnySchema } };
  };
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const [isEvent, isData] = [ajv.compile(schema), ajv.compile(schema.properties.data.contentSchema)];
  const frames = text.split('\n\n').filter((frame) => frame.includes('data: '));
  t.true(frames.length > 1);
  for (const frame of frames) {
    const event = Object.fromEntries(frame.split('\n').map((line) => line.split(/: (.*)/))) as Record<string, string>;
    t.true(isEvent(event), frame);
    t.true(isData(JSON.parse(event['data'] ?? '')), frame);
  }
});

test('signing up, logging in and what goes wrong answer as it says', async (t) => {
  const json = { email: 'openapi@example.com', username: 'openapi', password: 'secure123' };
  const form = { username: json.email, password: json.password };
  assertConforms(t, 'post', '/auth/register', await call(api, 'POST', '/auth/register', { json }), 201);
  assertConforms(t, 'post', '/auth/register', await call(api, 'POST', '/auth/register', { json }), 409);
  assertConforms(t, 'post', '/auth/register', await call(api, 'POST', '/auth/register', { json: {} }), 422);
  assertConforms(t, 'post', '/auth/register', await call(api, 'POST', '/auth/register', { form }), 415);
  assertConforms(t, 'post', '/auth/login', await call(api, 'POST', '/auth/login', { form }), 200);
  assertConforms(
    t,
    'post',
    '/auth/login',
    await call(api, 'POST', '/auth/login', { form: { ...form, password: 'x' } }),
    401,
  );
  assertConforms(t, 'get', '/auth/me', await call(api, 'GET', '/auth/me', { token: account.token }), 200);
  assertConforms(t, 'get', '/auth/me', await call(api, 'GET', '/auth/me'), 401);
});

test('sessions and accounts answer as it says', async (t) => {
  const { token, refreshToken } = await makeAccount(api, passwordHash);
  const refresh = () => call(api, 'POST', '/auth/refresh', { form: { refresh_token: refreshToken } });
  assertConforms(t, 'post', '/auth/refresh', await refresh(), 200);
  const change = (current_password: string) =>
    call(api, 'POST', '/auth/password', { token, json: { current_password, new_password: 'secure123' } });
  assertConforms(t, 'post', '/auth/password', await change('wrong'), 403);
  assertConforms(t, 'post', '/auth/password', await change('secure123'), 200);
  const remove = (password: string) => call(api, 'DELETE', '/auth/me', { token, json: { password } });
  assertConforms(t, 'delete', '/auth/me', await remove('wrong'), 403);
  for (let index = 0; index < 8; index++) await remove('wrong');
  assertConforms(t, 'delete', '/auth/me', await remove('wrong'), 429);
  assertConforms(t, 'post', '/auth/refresh', await refresh(), 401);
  const other = await makeAccount(api);
  const everywhere = await call(api, 'DELETE', '/auth/sessions', { token: other.token });
  assertConforms(t, 'delete', '/auth/sessions', everywhere, 200);
});

test('leaving answers as it says', async (t) => {
  const [plain, host, guest] = await Promise.all([1, 2, 3].map(() => makeAccount(api, passwordHash)));
  const remove = (token = '') => call(api, 'DELETE', '/auth/me', { token, json: { password: 'secure123' } });
  assertConforms(t, 'delete', '/auth/me', await remove(plain?.token), 200);
  await makeHosting(api.stores.database, host?.id ?? 0);
  assertConforms(t, 'delete', '/auth/me', await remove(host?.token), 202);
  const logout = await call(api, 'POST', '/auth/logout', { token: guest?.token ?? '' });
  assertConforms(t, 'post', '/auth/logout', logout, 200);
});

test('hostings and operations answer as it says', async (t) => {
  const { token } = account;
  assertConforms(t, 'get', '/host/my', await call(api, 'GET', '/host/my', { token }), 404);
  const accepted = await call(api, 'POST', '/host', { token, headers: respondAsync });
  assertConforms(t, 'post', '/host', accepted, 202);
  assertConforms(t, 'post', '/host', await call(api, 'POST', '/host', { token, headers: respondAsync }), 409);
  assertConforms(t, 'get', '/host/my', await call(api, 'GET', '/host/my', { token }), 200);
  const change = await call(api, 'PATCH', '/host/my', { token, json: { sleep: 'never' } });
  assertConforms(t, 'patch', '/host/my', change, 200);
  assertConforms(t, 'delete', '/host/my', await call(api, 'DELETE', '/host/my', { token }), 409);
  const { id } = accepted.body.data?.['operation'] as { id: string };
  assertConforms(t, 'get', '/operations/{id}', await call(api, 'GET', `/operations/${id}`, { token }), 200);
  assertConforms(t, 'get', '/operations/{id}', await call(api, 'GET', '/operations/x', { token }), 422);
});

test('health and version answer as it says', async (t) => {
  assertConforms(t, 'get', '/health', await call(api, 'GET', '/health'), 200);
  assertConforms(t, 'get', '/version', await call(api, 'GET', '/version'), 200);
  const detailed = await call(api, 'GET', '/health/detailed');
  assertConforms(t, 'get', '/health/detailed', detailed, 503);
  const { parts } = detailed.body.error?.details as { parts: Record<string, { state: string }> };
  t.like(parts, {
    database: { state: 'up' },
    redis: { state: 'up' },
    spares: { state: 'up' },
    queue: { state: 'up' },
    worker: { state: 'down' },
  });
});
