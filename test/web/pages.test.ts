// What every page is: its policy, its languages, and what it does with what people type.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { assetPaths } from '../../api/web/assets.ts';
import { pageRoutes } from '../../api/web/router.ts';
import { texts } from '../../templates/web/texts.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { PageVisitor, type Visited } from '../support/api/page-visitor.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

/** A page of each kind. */
async function somePages(): Promise<[path: string, page: Visited][]> {
  const nobody = new PageVisitor(api);
  const somebody = PageVisitor.as(api, await makeAccount(api));
  const visit = async (visitor: PageVisitor, path: string) => [path, await visitor.get(path)] as [string, Visited];
  return Promise.all([
    ...['/', '/login', '/signup', '/docs', '/goodbye', '/nowhere'].map((path) => visit(nobody, path)),
    ...['/hosting', '/account', '/operator'].map((path) => visit(somebody, path)),
  ]);
}

test('pages trust no address: what runs and styles has the nonce of the one answer', async (t) => {
  const nonces = new Set<string>();
  const pages = await somePages();
  for (const [path, { headers, text }] of pages) {
    const policy = headers.get('content-security-policy') ?? '';
    const [, nonce = ''] = /script-src 'nonce-([\w+/=]{24})';/.exec(policy) ?? [];
    nonces.add(nonce);
    t.is(
      policy,
      `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; ` +
        "base-uri 'none'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'",
      path,
    );
    t.is(headers.get('cache-control'), 'no-store', path);
    for (const [tag] of text.matchAll(/<(?:script|link rel="stylesheet"|style)\b[^>]*>/g))
      t.true(tag.includes(`nonce="${nonce}"`), `${path}: ${tag}`);
    t.notRegex(text, /<[^>]+\s(?:style|on\w+)="/, path);
    t.notRegex(text, /(?:src|href|action)="(?:https?:)?\/\//, `${path} loads nothing from elsewhere`);
  }
  t.is(nonces.size, pages.length);
});

test('files of pages may be kept for good, as their addresses change with them', async (t) => {
  const { text } = await new PageVisitor(api).get('/');
  const paths = [...text.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  t.true(paths.length >= 2);
  for (const path of paths) {
    t.regex(path, /^\/assets\/\w+\.[0-9a-f]{16}\.\w+$/);
    const file = await new PageVisitor(api).get(path);
    t.is(file.status, 200);
    t.is(file.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    t.is(file.headers.get('x-content-type-options'), 'nosniff');
  }
  t.is((await new PageVisitor(api).get('/assets/style.css')).status, 404);
});

test('the style sheet has every file of styles', async (t) => {
  const folder = join(import.meta.dirname, '../../templates/web/styles');
  const files = readdirSync(folder);
  t.true(files.length > 5);
  const sheet = await new PageVisitor(api).get(assetPaths['style'] ?? '');
  for (const file of files) t.true(sheet.text.includes(readFileSync(join(folder, file), 'utf8')), file);
});

test('what people typed is shown as text', async (t) => {
  const evil = `"><script>alert(1)</script><b a='`;
  const form = { email: evil, username: evil, password };
  const refused = await new PageVisitor(api).post('/signup', { form });
  t.is(refused.status, 422);
  t.false(refused.text.includes('<script>alert'));
  t.true(refused.text.includes('&#34;&gt;&lt;script&gt;alert(1)'));
  const missing = await new PageVisitor(api).get('/%22%3E%3Cscript%3Ealert(1)%3C/script%3E?x="><script>');
  t.is(missing.status, 404);
  t.false(missing.text.includes('<script>alert'));
});

test('a refused form says what is wrong with each field, and keeps what was typed but for passwords', async (t) => {
  const form = { email: 'not an address', username: '-', password: 'password' };
  const { status, text } = await new PageVisitor(api).post('/signup', { form });
  t.is(status, 422);
  for (const field of ['email', 'username', 'password'])
    t.regex(text, new RegExp(`id="${field}-error"[^]*id="${field}"[^>]*aria-invalid="true"[^>]*${field}-error`));
  t.true(text.includes('value="not an address"') && text.includes('value="-"'));
  t.false(text.includes('value="password"'));
  t.regex(text, /role="alert" tabindex="-1" autofocus/);
});

test('a name that is taken is marked', async (t) => {
  const { email } = await makeAccount(api);
  const { status, text } = await new PageVisitor(api).post('/signup', {
    form: { email, username: 'free-name', password },
  });
  t.is(status, 409);
  t.regex(text, /id="email-error"/);
  t.notRegex(text, /id="username-error"/);
});

test('the language is the browser’s, or else the one that was chosen', async (t) => {
  const visitor = new PageVisitor(api, { 'Accept-Language': 'en' });
  const english = await visitor.get('/login');
  t.regex(english.text, /<html lang="en">[^]*Log in/);
  t.is(english.headers.get('content-language'), 'en');
  const chosen = await visitor.post('/language', { form: { language: 'ko', back: '/login' } });
  t.is(chosen.location, '/login');
  t.regex(chosen.cookies[0] ?? '', /^webhoster-language=ko; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/);
  const encrypted = new PageVisitor(api, { 'X-Forwarded-Proto': 'https' });
  const [cookie = ''] = (await encrypted.post('/language', { form: { language: 'ko' } })).cookies;
  t.regex(cookie, /^__Host-webhoster-language=ko; .*; Secure$/);
  t.regex((await encrypted.get('/login')).text, /<html lang="ko">/);
  const korean = await visitor.get('/login');
  t.regex(korean.text, /<html lang="ko">[^]*로그인/);
  t.is(korean.headers.get('content-language'), 'ko');
  const refused = await visitor.post('/login', { form: { email: 'a@example.com', password: 'wrong' } });
  t.true(refused.text.includes('이메일 또는 비밀번호가 올바르지 않습니다'), 'what the API says too');
  const nothing = new PageVisitor(api, { 'Accept-Language': '' });
  t.regex((await nothing.get('/')).text, /<html lang="ko">/);
});

const elsewhere = ['https://example.com/', '//example.com', '/\\example.com', '/7/', '/%0d%0aX: y"', ''];
const sites = [
  '/./5/',
  '/x/../5/',
  '/%37/',
  '/x/%2e%2e/5/',
  '/x/..%2f5/',
  '/.//5/',
  '/x/..\\5/',
  '/.\t/5/',
  'http://[',
];
test('a log-in leads nowhere else', async (t) => {
  const account = await makeAccount(api, passwordHash);
  for (const back of [...elsewhere, ...sites]) {
    const form = { email: account.email, password, back };
    t.is((await new PageVisitor(api).post('/login', { form })).location, '/hosting', back);
    const loggedIn = PageVisitor.as(api, account);
    t.is((await loggedIn.get(`/login?back=${encodeURIComponent(back)}`)).location, '/hosting', back);
  }
});

for (const back of [...elsewhere, ...sites])
  test(`the choice of a language leads nowhere else: ${back}`, async (t) => {
    const { location } = await new PageVisitor(api).post('/language', { form: { language: 'en', back } });
    t.is(location, '/');
  });

for (const back of ['/operator/users?search=a+b%20c&page=2', '/login?over=1'])
  test(`the choice of a language comes back to ${back}`, async (t) => {
    const { location } = await new PageVisitor(api).post('/language', { form: { language: 'en', back } });
    t.is(location, back);
  });

test('what is not there: a page for people, JSON for programs', async (t) => {
  const page = await new PageVisitor(api).get('/nowhere');
  t.is(page.status, 404);
  t.regex(page.text, /<h1>/);
  const program = await new PageVisitor(api, { Accept: '*/*' }).get('/nowhere');
  t.is(program.status, 404);
  t.is((JSON.parse(program.text) as { error: { code: string } }).error.code, 'NOT_FOUND');
  const call = await new PageVisitor(api).get('/api/v1/nowhere');
  t.regex(call.headers.get('content-type') ?? '', /json/);
});

const strangers: Record<string, Record<string, string>> = {
  'another host': { Origin: 'https://example.com' },
  'a site in its sandbox': { Origin: 'null' },
  'another site, by its own word': { 'Sec-Fetch-Site': 'cross-site' },
};
for (const [what, headers] of Object.entries(strangers))
  test(`a form of ${what} changes nothing`, async (t) => {
    const account = await makeAccount(api, passwordHash);
    const visitor = PageVisitor.as(api, account);
    const refused = await visitor.post('/account/delete', { form: { password }, headers });
    t.is(refused.status, 403);
    t.true(refused.text.includes('came from another site'));
    t.is((await visitor.get('/account')).status, 200);
  });

test('bodies of another kind or size are refused with a page', async (t) => {
  const visitor = new PageVisitor(api);
  const headers = { 'Content-Type': 'application/json' };
  t.is((await visitor.post('/login', { form: { email: 'x' }, headers })).status, 415);
  t.is((await visitor.post('/login', { form: { email: 'x'.repeat(70_000) } })).status, 413);
});

test('passwords are typed unseen, may be pasted, and are what a password manager finds', async (t) => {
  const account = await makeAccount(api);
  const fields = await Promise.all([
    new PageVisitor(api).get('/login'),
    new PageVisitor(api).get('/signup'),
    PageVisitor.as(api, account).get('/account'),
  ]);
  const inputs = fields.flatMap(({ text }) => text.match(/<input id="[\w-]*password"[^>]*>/g) ?? []);
  t.is(inputs.length, 5);
  for (const input of inputs) {
    t.regex(input, /type="password" autocomplete="(?:current|new)-password"/);
    t.notRegex(input, /maxlength|onpaste/);
  }
});

test('every page of who is logged in has the way out', async (t) => {
  const visitor = PageVisitor.as(api, await makeAccount(api));
  for (const path of ['/hosting', '/account'])
    t.regex((await visitor.get(path)).text, /<form method="post" action="\/logout"><button/);
});

test('every page says who is logged in, beside the way out, and no page of nobody says so', async (t) => {
  const account = await makeAccount(api);
  await api.models.User.update({ username: '<b>길동', role: 'operator' }, { where: { id: account.id } });
  const visitor = PageVisitor.as(api, account);
  const paths = pageRoutes
    .filter(({ method, access }) => method === 'get' && access !== 'public')
    .map(({ path }) => path);
  t.true(paths.length >= 6);
  for (const path of [...paths.filter((one) => !/:|events$/.test(one)), '/nowhere'])
    t.regex(
      (await visitor.get(path)).text,
      /Logged in as<\/span> &lt;b&gt;길동<\/p>\s*<form method="post" action="\/logout">/,
      path,
    );
  for (const path of ['/', '/login', '/signup', '/goodbye', '/nowhere'])
    t.notRegex((await new PageVisitor(api).get(path)).text, /Logged in as|action="\/logout"/, path);
});

const spoken = { en: /[Ss]ign(?:ed|s|ing)? out/, ko: /로그오프|사인\s?아웃/ };
test('there is one word for logging out', (t) => {
  for (const language of ['en', 'ko'] as const)
    for (const sentences of Object.values(texts[language]))
      for (const sentence of Object.values(sentences)) t.notRegex(String(sentence), spoken[language]);
});

test('who has deleted the account is told that it is gone, in the title too', async (t) => {
  const english = (await new PageVisitor(api).get('/goodbye')).text;
  t.regex(english, /<title>Your account is deleted · Webhoster<\/title>[^]*<h1>Your account is deleted<\/h1>/);
  const korean = (await new PageVisitor(api, { 'Accept-Language': 'ko' }).get('/goodbye?hosting=1')).text;
  t.regex(korean, /<title>계정이 삭제되었습니다 · Webhoster<\/title>[^]*<h1>계정이 삭제되었습니다<\/h1>/);
});
