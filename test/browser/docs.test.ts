// Our own pages in a real browser, under their Content-Security-Policy.
import test from 'ava';
import type { Browser } from 'playwright-core';
import { startApi, type TestApi } from '../support/api.ts';
import { newVisitor, startBrowser, visitPage } from '../support/browser.ts';
import { startEdge, type TestEdge } from '../support/edge.ts';

let api: TestApi;
let edge: TestEdge;
let browser: Browser;
const account = { email: 'gildong@example.com', username: 'gildong', password: 'secure123' };

test.before(async (t) => {
  t.timeout(120_000);
  [api, browser] = await Promise.all([startApi(), startBrowser()]);
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

for (const scheme of ['http', 'https']) {
  test.serial(`the page of the API logs in and calls, over ${scheme}, and breaks no policy`, async (t) => {
    t.timeout(90_000);
    const { context, violations } = await newVisitor(browser);
    const page = await context.newPage();
    const errors: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
    page.on('pageerror', (error) => errors.push(error.message));
    await visitPage(page, `${scheme}://localhost:${scheme === 'http' ? edge.httpPort : edge.httpsPort}/docs`);
    await page.locator('.btn.authorize').click();
    await page.locator('#oauth_username').fill(account.email);
    await page.locator('#oauth_password').fill(account.password);
    await page.locator('.auth-btn-wrapper .authorize').click();
    await page.locator('.auth-btn-wrapper').getByText('Logout').waitFor();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    const call = page.locator('#operations-auth-getAuthMe');
    await call.locator('.opblock-summary-control').click();
    await call.locator('.try-out__btn').click();
    await call.locator('.execute').click();
    await call.locator('.live-responses-table').getByText(account.email).first().waitFor();
    t.deepEqual(violations, []);
    t.deepEqual(errors, []);
    await context.close();
  });
}

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
