// What the proxy does for the pages of the interface.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { ask, startEdge, type TestEdge } from '../support/proxy/edge.ts';
import { freePorts } from '../../scripts/dev/ports.ts';

let api: TestApi;
let edge: TestEdge;
let withoutApi: TestEdge;

test.before(async () => {
  api = await startApi();
  edge = await startEdge({ apiPort: Number(new URL(api.url).port), sites: {} });
  const [nobody = 0] = await freePorts(1);
  withoutApi = await startEdge({ apiPort: nobody, sites: {} });
});
test.after.always(async () => {
  await Promise.all([edge.stop(), withoutApi.stop()]);
  await api.stop();
});

test('what is the same for everybody is compressed, and nothing else', async (t) => {
  const headers = { 'accept-encoding': 'gzip' };
  const start = await ask(edge, '/');
  const style = /href="(\/assets\/style[^"]+)"/.exec(start.text)?.[1] ?? '';
  for (const path of ['/', style]) {
    const answer = await ask(edge, path, { headers });
    t.is(answer.headers['content-encoding'], 'gzip', path);
    t.regex(answer.headers.vary ?? '', /Accept-Encoding/);
  }
  for (const path of ['/login', '/signup', '/docs', '/openapi.json', '/api/v1/version'])
    t.is((await ask(edge, path, { headers })).headers['content-encoding'], undefined, path);
});

test('whom a browser asks for while the api is down gets a page, and a program JSON', async (t) => {
  const page = await ask(withoutApi, '/', { headers: { accept: 'text/html,*/*' } });
  t.is(page.status, 503);
  t.regex(page.text, /<h1>잠시 점검 중입니다/);
  t.regex(String(page.headers['content-security-policy']), /; sandbox$/);
  t.is(page.headers['x-frame-options'], 'DENY');
  const program = await ask(withoutApi, '/api/v1/health', { headers: { accept: '*/*' } });
  t.is((JSON.parse(program.text) as { error: { code: string } }).error.code, 'PART_DOWN');
});

test('the access log has paths, and neither queries nor referrers', async (t) => {
  const referer = 'http://localhost/operator/users?search=somebody@example.com';
  await ask(edge, '/nowhere/at-all?search=somebody@example.com', { headers: { referer } });
  const read = () => readFileSync(join(edge.directory, 'run/access.log'), 'utf8');
  // nginx writes what is new every few seconds.
  while (!read().includes('"GET /nowhere/at-all HTTP/1.1" 404')) await delay(200);
  t.false(read().includes('somebody'));
});
