// Pages of other origins change nothing, and what is answered says to browsers what they may do with it.
import test from 'ava';
import { dataPolicy, ownHeaders } from '../../templates/security-headers.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call, type Called } from '../support/api/calls.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const ask = (method: string, headers: Record<string, string>): Promise<Called> =>
  call(api, method, '/host', { headers });

/** Headers of a browser or a program, and whether a change is refused; without a token the rest is 401. */
const senders: Record<string, [headers: () => Record<string, string>, refused: boolean]> = {
  'a program': [() => ({}), false],
  'a page of ours': [() => ({ 'Sec-Fetch-Site': 'same-origin', Origin: api.url }), false],
  'the user, without a page': [() => ({ 'Sec-Fetch-Site': 'none' }), false],
  'a page of ours, where there is no encryption': [() => ({ Origin: api.url }), false],
  'a page of another site': [() => ({ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://elsewhere.example' }), true],
  'a page of another origin of this site': [
    () => ({ 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost:1' }),
    true,
  ],
  'a page in the sandbox': [() => ({ 'Sec-Fetch-Site': 'cross-site', Origin: 'null' }), true],
  'the same, where there is no encryption': [() => ({ Origin: 'null' }), true],
  'another port': [() => ({ Origin: 'http://127.0.0.1:1' }), true],
  'an origin that is none': [() => ({ Origin: 'nonsense' }), true],
};
for (const [name, [headers, refused]] of Object.entries(senders)) {
  test(`a change asked for by ${name} is ${refused ? 'refused' : 'looked at'}`, async (t) => {
    const { status, body } = await ask('POST', headers());
    t.is(status, refused ? 403 : 401);
    t.is(body.error?.code, refused ? 'CROSS_ORIGIN' : 'UNAUTHENTICATED');
    t.is((await ask('GET', headers())).status, 405, 'reading is not changing');
    if (refused) t.is((await ask('DELETE', headers())).status, 403);
  });
}

test('every answer of the api has the headers', async (t) => {
  const asked = [
    call(api, 'GET', '/health'),
    call(api, 'GET', '/health/detailed'),
    call(api, 'GET', '/nothing'),
    call(api, 'POST', '/auth/login', { body: 'x', headers: { 'Content-Type': 'text/plain' } }),
    call(api, 'POST', '/host', { headers: { Origin: 'null' } }),
  ];
  for (const { status, headers } of await Promise.all(asked)) {
    for (const [name, value] of Object.entries(ownHeaders)) t.is(headers.get(name), value, `${status} ${name}`);
    t.is(headers.get('Content-Security-Policy'), dataPolicy, String(status));
    t.is(headers.get('X-Powered-By'), null);
  }
});

test('what never changes may be kept', async (t) => {
  const page = await (await fetch(`${api.url}/docs`)).text();
  const [, path = ''] = /href="(\/assets\/swagger[^"]+)"/.exec(page) ?? [];
  const { headers } = await fetch(`${api.url}${path}`);
  t.is(headers.get('Cache-Control'), 'public, max-age=31536000, immutable');
});
