// The document is valid, complete, and true of what the routes answer.
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import test, { type ExecutionContext } from 'ava';
import { hashPassword } from '../../api/accounts/passwords.ts';
import { routes } from '../../api/http/router.ts';
import { apiPrefix } from '../../api/protocol.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, type Called, makeAccount, respondAsync } from '../support/api/calls.ts';
import { makeHosting } from '../support/api/operations.ts';

interface DocumentedAnswer {
  description: string;
  content: Record<string, { schema: AnySchema }>;
  headers?: Record<string, { required?: boolean; schema: AnySchema }>;
  links?: Record<string, { operationId: string }>;
}

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string }[];
  responses: Record<string, DocumentedAnswer>;
}

interface Document {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: object;
}

let api: TestApi;
let account: Account;
let document: Document;

test.before(async () => {
  api = await startApi({ variables: { PUBLIC_URL: 'https://hosting.example.com' } });
  account = await makeAccount(api);
  document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
});
test.after.always(() => api.stop());

test('it is a valid OpenAPI 3.1 document', async (t) => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
  t.true(valid, JSON.stringify(errors));
  t.regex(document.openapi, /^3\.1\./);
  t.deepEqual(document.servers, [{ url: '/' }, { url: 'https://hosting.example.com' }]);
});

test('each call is summed up in the language that is asked for, and in its own words', async (t) => {
  const summaries: Record<string, string[]> = {};
  for (const language of ['ko', 'en']) {
    const answer = await fetch(`${api.url}/openapi.json`, { headers: { 'Accept-Language': language } });
    t.regex(answer.headers.get('vary') ?? '', /Accept-Language/);
    const { paths } = (await answer.json()) as { paths: Record<string, Record<string, { summary: string }>> };
    summaries[language] = Object.values(paths).flatMap((path) => Object.values(path).map(({ summary }) => summary));
    t.is(new Set(summaries[language]).size, routes.length);
  }
  for (const summary of summaries['ko'] ?? []) t.regex(summary, /[가-힣]/);
  for (const summary of summaries['en'] ?? []) t.notRegex(summary, /[가-힣]/);
});

test('it tells that log-ins of suspended users are refused', (t) => {
  const logIn = document.paths[`${apiPrefix}/auth/login`]?.['post'];
  t.regex(logIn?.responses['403']?.description ?? '', /ACCOUNT_SUSPENDED/);
});

test('it describes the calls of the contract', (t) => {
  const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace(apiPrefix, '')}`),
  );
  t.deepEqual(calls.sort(), [
    'delete /admin/users/{id}/sessions',
    'delete /auth/me',
    'delete /auth/sessions',
    'delete /host/my',
    'delete /host/my/ssh-keys/{id}',
    'get /admin/hostings',
    'get /admin/node',
    'get /admin/operations',
    'get /admin/users',
    'get /admin/users/{id}',
    'get /auth/me',
    'get /health',
    'get /health/detailed',
    'get /host/my',
    'get /host/my/ssh-keys',
    'get /operations',
    'get /operations/{id}',
    'get /operations/{id}/events',
    'get /site-names/{name}',
    'get /version',
    'patch /auth/me',
    'post /admin/users/{id}/resume',
    'post /admin/users/{id}/role',
    'post /admin/users/{id}/suspend',
    'post /auth/login',
    'post /auth/logout',
    'post /auth/password',
    'post /auth/refresh',
    'post /auth/register',
    'post /host',
    'post /host/my/password',
    'post /host/my/restart',
    'post /host/my/ssh-keys',
    'post /host/my/start',
    'post /host/my/stop',
  ]);
  t.is(calls.length, routes.length);
});

test('the page and all that it loads are there', async (t) => {
  const page = await fetch(`${api.url}/docs`);
  t.is(page.status, 200);
  t.regex(page.headers.get('Content-Type') ?? '', /^text\/html/);
  const assets = [...(await page.text()).matchAll(/<(?:link|script)[^>]+(?:href|src)="([^"]+)"/g)].map(
    ([, path]) => path ?? '',
  );
  t.is(assets.length, 5);
  for (const path of assets) {
    const asset = await fetch(new URL(path, api.url));
    t.is(asset.status, 200, path);
    t.true((await asset.arrayBuffer()).byteLength > 50, path);
  }
});

interface Schema {
  type?: string;
  minimum?: number;
  maximum?: number;
  example?: unknown;
}

/** Every part of the document that is a schema of a number, with where it is. */
function integers(part: unknown, place = ''): [place: string, schema: Schema][] {
  if (typeof part !== 'object' || part === null) return [];
  const own: [string, Schema][] = (part as Schema).type === 'integer' ? [[place, part]] : [];
  return [...own, ...Object.entries(part).flatMap(([key, inner]) => integers(inner, `${place}/${key}`))];
}

test('no number in it may be what none of ours is', (t) => {
  const found = integers(document);
  t.true(found.length > 30);
  for (const [place, { minimum = -1, maximum = 0 }] of found) {
    t.true(minimum >= 0, `${place}: from ${minimum}`);
    t.not(maximum, Number.MAX_SAFE_INTEGER, place);
  }
});

test('the id of a user is one that a user may have', (t) => {
  const { User } = (document.components as { schemas: { User: { properties: { id: Schema } } } }).schemas;
  t.like(User.properties.id, { type: 'integer', minimum: 1, maximum: 99_999_999 });
});

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

test('it tells headers, and which call follows which', (t) => {
  const described = document.paths[`${apiPrefix}/host`]?.['post'];
  t.true(described?.parameters?.some((parameter) => parameter.in === 'header' && parameter.name === 'Prefer'));
  const names = (status: number) => Object.keys(described?.responses[status]?.headers ?? {}).sort();
  t.deepEqual(names(202), ['Location', 'Preference-Applied', 'RateLimit', 'RateLimit-Policy']);
  t.deepEqual(names(401), ['WWW-Authenticate']);
  t.deepEqual(names(429), ['RateLimit', 'RateLimit-Policy', 'Retry-After']);
  t.deepEqual(names(504), ['Retry-After']);
  const calls = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const answers = calls.flatMap(({ responses }) => Object.values(responses));
  const links = answers.flatMap((one) => Object.values(one.links ?? {}));
  t.is(links.length, 19);
  const ids = calls.map(({ operationId }) => operationId);
  t.is(new Set(ids).size, routes.length);
  for (const { operationId } of links) t.true(ids.includes(operationId), operationId);
});

test('it tells the rule for site names', (t) => {
  const { pattern } = (
    document.components as { schemas: { Registration: { properties: { site_name: { pattern: string } } } } }
  ).schemas.Registration.properties.site_name;
  const rule = new RegExp(pattern, 'u');
  for (const name of ['gildong', '9-b', '3d']) t.true(rule.test(name), name);
  for (const name of ['.ab', 'a b', '길동', 'a--b', '7-8', 'a-']) t.false(rule.test(name), name);
});

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
  const { token, refreshToken } = await makeAccount(api, await hashPassword('secure123'));
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
  const passwordHash = await hashPassword('secure123');
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
    queue: { state: 'up' },
    worker: { state: 'down' },
  });
});
