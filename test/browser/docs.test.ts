// Our own pages in a real browser, under their Content-Security-Policy.
import test from 'ava';
import type { Browser, Locator, Page } from 'playwright-core';
import { routes } from '../../api/http/router.ts';
import { apiPrefix } from '../../api/protocol.ts';
import type { TestApi } from '../support/api/api.ts';
import { newVisitor, startBrowser, visitPage } from '../support/browser/browser.ts';
import { call as ask } from '../support/api/calls.ts';
import { startEdge, type TestEdge } from '../support/proxy/edge.ts';
import { startFuzzTarget } from '../support/api/fuzz-target.ts';
import { assertNamed, complaintsOfAxe, type PageLanguage } from '../support/browser/interface.ts';

let api: TestApi;
let edge: TestEdge;
let browser: Browser;
const account = { email: 'gildong@example.com', username: 'gildong', password: 'secure123' };

test.before(async (t) => {
  t.timeout(120_000);
  [api, browser] = await Promise.all([startFuzzTarget(), startBrowser()]);
  edge = await startEdge({ apiPort: Number(new URL(api.url).port), sites: {} });
  await fetch(`${api.url}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(account),
  });
});
test.after.always(async () => {
  await browser.close();
  await edge.stop();
  await api.stop();
});

const httpUrl = () => `http://localhost:${edge.httpPort}/docs`;

/** Logs in by Swagger UI's own dialog, which stays open. */
async function authorize(page: Page, password = account.password): Promise<void> {
  await page.locator('.btn.authorize').click();
  await page.locator('#oauth_username').fill(account.email);
  await page.locator('#oauth_password').fill(password);
  await page.locator('.auth-btn-wrapper .authorize').click();
}

async function logIn(page: Page): Promise<void> {
  await authorize(page);
  await page.locator('.auth-btn-wrapper').getByText('Logout').waitFor();
  await page.locator('.auth-btn-wrapper .btn-done').click();
}

/** Opens a call, asks to try it out, and sends it as it is. */
async function tryOut(call: Locator): Promise<void> {
  await call.locator('.opblock-summary-control').click();
  await call.locator('.try-out__btn').click();
  await call.locator('.execute').click();
}

for (const scheme of ['http', 'https']) {
  test.serial(`the page of the API logs in and calls, over ${scheme}, and breaks no policy`, async (t) => {
    t.timeout(90_000);
    const { context, violations } = await newVisitor(browser);
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => errors.push(error.message));
    await visitPage(page, `${scheme}://localhost:${scheme === 'http' ? edge.httpPort : edge.httpsPort}/docs`);
    await logIn(page);
    const call = page.locator('#operations-auth-getAuthMe');
    await tryOut(call);
    await call.locator('.live-responses-table').getByText(account.email).first().waitFor();
    t.deepEqual(violations, []);
    t.deepEqual(errors, []);
    await context.close();
  });
}

test.serial(
  'a create that is tried out as it is gives a password, and puts nobody’s key into the machine',
  async (t) => {
    t.timeout(90_000);
    const { context } = await newVisitor(browser);
    const page = await context.newPage();
    await visitPage(page, httpUrl());
    await logIn(page);
    const call = page.locator('#operations-host-postHost');
    await tryOut(call);
    const answer = call.locator('.live-responses-table');
    await answer.getByText('ssh_password').first().waitFor();
    t.is(await answer.locator('.response .response-col_status').first().innerText(), '201');
    t.is(await api.models.Hosting.count(), 1);
    t.is(await api.models.SshKey.count(), 0);
    await context.close();
  },
);

interface Sent {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string | null;
}

/** What each call sends that is tried out as it is, in the order of the page; undefined where the page asks for more first. */
async function sentByEach(page: Page): Promise<Map<string, Sent | undefined>> {
  let sent: Sent | undefined;
  await page.route(`**${apiPrefix}/**`, async (route) => {
    const request = route.request();
    const { pathname, search } = new URL(request.url());
    const [method, path] = [request.method(), pathname.replace(apiPrefix, '')];
    sent = { method, path, query: search, headers: await request.allHeaders(), body: request.postData() };
    await route.fulfill({ json: {} });
  });
  await page.locator('.opblock').first().waitFor();
  const all = new Map<string, Sent | undefined>();
  for (const call of await page.locator('.opblock').all()) {
    sent = undefined;
    await tryOut(call);
    await call.locator('.live-responses-table, .invalid, .errors').first().waitFor();
    const [method, path] = await Promise.all(
      ['.opblock-summary-method', '.opblock-summary-path'].map((part) => call.locator(part).first().innerText()),
    );
    // Zero-width spaces let long paths break.
    all.set(`${method} ${path?.replaceAll('\u200b', '').replace(apiPrefix, '')}`, sent);
    await call.locator('.opblock-summary-control').click();
  }
  return all;
}

/** Calls that are what they are without anything being said. */
const withoutBody = [
  'POST /host',
  'PATCH /host/my',
  'DELETE /host/my',
  'POST /host/my/start',
  'POST /host/my/stop',
  'POST /host/my/restart',
  'POST /host/my/password',
  'POST /auth/logout',
  'DELETE /auth/sessions',
];

test.serial('no call that is tried out as it is does by an example what nobody asked for', async (t) => {
  t.timeout(600_000);
  const { context } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, httpUrl());
  const all = await sentByEach(page);
  await context.close();
  t.is(all.size, routes.length);
  const { body } = await ask(api, 'POST', '/auth/login', {
    form: { username: account.email, password: account.password },
  });
  const token = String(body['access_token']);
  for (const [name, sent] of all) {
    // The page wants the id of what it is about, or what a form has to have.
    if (!sent) t.regex(name, /\{\w+\}|^POST \/auth\/(?:login|refresh)$/, name);
    if (!sent || sent.method === 'GET') continue;
    t.is(sent.query, '', name);
    t.false('prefer' in sent.headers, name);
    if (withoutBody.includes(name)) {
      t.true([null, '', '{}'].includes(sent.body), `${name}: ${sent.body}`);
      continue;
    }
    const headers = { 'Content-Type': sent.headers['content-type'] ?? '' };
    const refused = await ask(api, sent.method, sent.path, { token, headers, body: sent.body ?? '' });
    t.is(refused.body.error?.code, 'VALIDATION_FAILED', `${name}: ${sent.body} answered ${refused.text}`);
  }
});

const words: Record<PageLanguage, { wrong: RegExp; back: string; guide: RegExp; signUp: string }> = {
  en: {
    wrong: /The email or the password is wrong/,
    back: 'To the start page',
    guide: /press Authorize/,
    signUp: 'Sign up.',
  },
  ko: {
    wrong: /이메일 또는 비밀번호가 올바르지 않습니다/,
    back: '첫 화면으로',
    guide: /Authorize를 누르고/,
    signUp: '회원가입.',
  },
};
for (const [language, { wrong, back, guide, signUp }] of Object.entries(words) as [
  PageLanguage,
  (typeof words)['en'],
][])
  test.serial(
    `the page says in ${language} how to log in, where to go back, and why a log-in is refused`,
    async (t) => {
      t.timeout(90_000);
      const { context, violations } = await newVisitor(browser);
      await context.addCookies([{ name: 'webhoster-language', value: language, url: httpUrl() }]);
      const page = await context.newPage();
      await visitPage(page, httpUrl());
      await page.locator('.opblock').first().waitFor();
      await assertNamed(t, page, language);
      t.is(await page.locator('#swagger-ui').getAttribute('lang'), 'en');
      t.regex(await page.locator('.guide').innerText(), guide);
      t.is(await page.locator('#operations-auth-postAuthRegister .opblock-summary-description').innerText(), signUp);
      t.is(await page.locator('main').getByRole('link', { name: back }).getAttribute('href'), '/');
      t.is(await page.locator('.languages button[aria-current]').getAttribute('value'), language);
      t.deepEqual(await complaintsOfAxe(page, '.swagger-ui'), []);
      await authorize(page, 'not this one');
      const errors = page.locator('.auth-container .errors');
      await errors.waitFor();
      const told = await errors.innerText();
      t.regex(told, wrong);
      t.notRegex(told, /\[object/);
      t.notRegex(await page.locator('#swagger-ui').innerText(), /9007199254740991/);
      t.deepEqual(violations, []);
      await context.close();
    },
  );

test.serial('a policy that is broken is noticed', async (t) => {
  const { context, violations } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, `http://localhost:${edge.httpPort}/docs`);
  await page.evaluate(`new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', resolve);
    document.body.setAttribute('style', 'color: red');
  }).then(() => undefined)`);
  t.regex(violations.join(), /style-src-attr inline/);
  await context.close();
});

test.serial('the pages of the proxy itself keep their style', async (t) => {
  const { context, violations } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, `http://localhost:${edge.httpPort}/3/`);
  t.is(await page.evaluate('getComputedStyle(document.body).display'), 'grid');
  t.deepEqual(violations, []);
  await context.close();
});
