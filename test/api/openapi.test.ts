// The document is valid and complete. That it is true of what the routes answer: openapi-answers.test.ts.
import { Validator } from '@seriousme/openapi-schema-validator';
import test from 'ava';
import { routes } from '../../api/http/router.ts';
import { apiPrefix } from '../../api/protocol.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Document, readDocument } from '../support/api/openapi.ts';

let api: TestApi;
let document: Document;

test.before(async () => {
  api = await startApi({ variables: { PUBLIC_URL: 'https://hosting.example.com' } });
  document = await readDocument(api);
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
  t.regex(
    document.paths[`${apiPrefix}/auth/register`]?.['post']?.summary ?? '',
    /^[A-Z]/,
    'for programs, which name none',
  );
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
    'delete /host/my/domains/{name}',
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
    'get /host/my/domains',
    'get /host/my/ssh-keys',
    'get /operations',
    'get /operations/{id}',
    'get /operations/{id}/events',
    'get /site-names/{name}',
    'get /version',
    'patch /auth/me',
    'patch /host/my',
    'post /admin/users/{id}/resume',
    'post /admin/users/{id}/role',
    'post /admin/users/{id}/suspend',
    'post /auth/login',
    'post /auth/logout',
    'post /auth/password',
    'post /auth/refresh',
    'post /auth/register',
    'post /host',
    'post /host/my/domains',
    'post /host/my/domains/{name}/check',
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
  const { anyOf } = (
    document.components as {
      schemas: { Registration: { properties: { site_name: { anyOf: { pattern: string }[] } } } };
    }
  ).schemas.Registration.properties.site_name;
  const may = (name: string) => anyOf.some(({ pattern }) => new RegExp(pattern, 'u').test(name));
  for (const name of ['gildong', '9-b', '3d', '길동', '1반']) t.true(may(name), name);
  for (const name of ['.ab', 'a b', '길 동', 'a--b', '길--동', '7-8', 'a-']) t.false(may(name), name);
});
