// Every form of every page, as a student on a phone and as a developer before a wide screen meet it: slow and clicked
// twice, and with its answer lost on the way.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Page, Route } from 'playwright-core';
import { hashPassword } from '../../api/accounts/passwords.ts';
import { makeAccount } from '../support/api/calls.ts';
import {
  openPage,
  overflow,
  type PageLanguage,
  startInterface,
  type TestInterface,
} from '../support/browser/interface.ts';
import { type Form, forms, password } from './forms.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface(100);
});
test.after.always(() => site.stop());

const visitors: { language: PageLanguage; width: number }[] = [
  { language: 'ko', width: 375 },
  { language: 'en', width: 1440 },
];

/** Opens a form's page for somebody new, and fills it in. */
async function openForm(form: Form, look: (typeof visitors)[number]) {
  const hash = await hashPassword(password);
  const sender = await form.sender?.(site.api);
  const isAboutOthers = form.page({ id: 1 } as never) !== form.page({ id: 2 } as never);
  const about = sender && !isAboutOthers ? sender : await makeAccount(site.api, hash);
  await form.prepare?.(site.api, about);
  const opened = await openPage(site, { ...look, ...(sender && { account: sender }) });
  await opened.page.goto(`${site.url}${form.page(about)}`);
  await form.fill?.(opened.page, about);
  const action = form.action(about);
  const [start, end] = action.split('*');
  const selector = `form[action^="${start}"][action$="${end ?? start}"]`;
  const button = opened.page.locator(`${selector} button:not([type=button])`).last();
  return { ...opened, about, action, button };
}

/** The forms that were sent; each passes through the handler. */
async function watch(page: Page, action: string, handle: (route: Route) => Promise<void>): Promise<string[]> {
  const sent: string[] = [];
  await page.route(`**${action}`, async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    sent.push(route.request().url());
    await handle(route);
  });
  return sent;
}

async function slowAndTwice(t: ExecutionContext, form: Form, look: (typeof visitors)[number]): Promise<void> {
  const { page, context, faults, action, button } = await openForm(form, look);
  const sent = await watch(page, action, async (route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await delay(1_500);
    await route.fulfill({ response });
  });
  await button.dblclick();
  await page.waitForResponse((response) => response.request().method() === 'POST');
  await page.locator(form.shows).first().waitFor({ state: 'attached' });
  t.is(sent.length, 1);
  t.is(await page.locator('.alert.bad').count(), 0);
  t.deepEqual(await overflow(page), []);
  t.deepEqual(faults, []);
  await context.close();
}

async function answerLost(t: ExecutionContext, form: Form, look: (typeof visitors)[number]): Promise<void> {
  const { page, context, about, action, button } = await openForm(form, look);
  const sent = await watch(page, action, async (route) => {
    const request = route.request();
    // By a client of its own: the browser sees nothing of the answer, no cookie either.
    await fetch(request.url(), {
      method: 'POST',
      headers: await request.allHeaders(),
      body: request.postData(),
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    await route.abort('connectionreset');
  });
  const isLive = (await button.locator('xpath=ancestor::form').getAttribute('data-hx-post')) !== null;
  await button.click();
  if (isLive) await page.locator('#trouble [role=alert]').waitFor();
  else await page.waitForURL('chrome-error://**');
  await page.goto(`${site.url}${form.page(about)}`);
  await page
    .locator(form.found ?? form.shows)
    .first()
    .waitFor({ state: 'attached' });
  t.is(sent.length, 1);
  await context.close();
}

for (const [name, form] of Object.entries(forms)) {
  test.serial(`${name}: slow and clicked twice, it is sent once and says what came of it`, async (t) => {
    t.timeout(90_000);
    for (const look of visitors) await slowAndTwice(t, form, look);
  });
  test.serial(`${name}: when its answer is lost, the page tells what is so`, async (t) => {
    t.timeout(90_000);
    for (const look of visitors) await answerLost(t, form, look);
  });
}

test('no form is left out', (t) => {
  const templates = join(import.meta.dirname, '../../templates/web');
  const html = globSync('**/*.liquid', { cwd: templates }).map((file) => readFileSync(join(templates, file), 'utf8'));
  const actions = html.flatMap((text) => [...text.matchAll(/method="post" action="([^"]+)"/g)].map(([, path]) => path));
  const known = Object.values(forms).map((form) => form.action({ id: 1 } as never));
  const missing = actions.filter((path = '') => {
    const pattern = new RegExp(`^${path.replace(/\{\{[^}]*\}\}/g, '[^/]+')}$`);
    return !known.some((one) => pattern.test(one));
  });
  t.deepEqual(missing, []);
});

test.serial('what was typed outlives a change of the language, but for passwords', async (t) => {
  const { page, context } = await openPage(site, { language: 'ko', width: 375 });
  await page.goto(`${site.url}/signup`);
  await page.fill('#email', 'gildong@example.com');
  await page.fill('#username', '홍길동');
  await page.fill('#password', 'password');
  await page.locator('main button.main').click();
  await page.locator('#password-error').waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.locator('html[lang=en]').waitFor();
  t.is(await page.inputValue('#email'), 'gildong@example.com');
  t.is(await page.inputValue('#username'), '홍길동');
  t.is(await page.inputValue('#password'), '');
  await page.reload();
  t.is(await page.evaluate('sessionStorage.length'), 0);
  await context.close();
});

test.serial('a password that is put away in one tab is gone from the others', async (t) => {
  const account = await makeAccount(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.locator('button.huge').click();
  await page.locator('#ssh-password').waitFor();
  const other = await context.newPage();
  await other.goto(`${site.url}/hosting`);
  await other.locator('#ssh-password').waitFor();
  await page.locator('form[action="/hosting/password-kept"] button').click();
  await other.locator('#ssh-password').waitFor({ state: 'detached' });
  t.is(await page.locator('#ssh-password').count(), 0);
  await context.close();
});
