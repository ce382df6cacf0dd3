// What the interface does in a browser: steps as they happen, after a reload and a lost connection, and in two tabs.
import test from 'ava';
import type { Page } from 'playwright-core';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { hostingStates, SlowWorker } from '../support/api/hosting-states.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';
import { passwordHash } from '../support/api/fixtures.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface();
});
test.after.always(() => site.stop());

const workOn = (account: Account) => SlowWorker.of(site.api, account);

const now = (page: Page, step: string) => page.locator('.steps li.now', { hasText: step }).waitFor();

/** Sums what moves without the visitor's doing, from now on. */
const watchShifts = (page: Page) =>
  page.evaluate(`globalThis.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
    }).observe({ type: 'layout-shift' })`);
const shiftsOf = (page: Page) => page.evaluate('globalThis.shifts');

test.serial(
  'a hosting is created: steps as they happen, nothing moves, and the password stays until it is put away',
  async (t) => {
    t.timeout(120_000);
    const account = await makeAccount(site.api);
    const { page, context, faults } = await openPage(site, { account });
    await page.goto(`${site.url}/hosting`);
    await page.locator('button.huge').click();
    const password = page.locator('#ssh-password');
    await password.waitFor();
    t.is((await password.textContent())?.length, 23);
    t.is(new URL(page.url()).pathname, '/hosting');
    // Input is what a browser forgives movement for half a second after.
    await page.waitForTimeout(700);
    await watchShifts(page);
    const worker = await workOn(account);
    const steps = {
      disk: 'Preparing the disk',
      boot: 'Switching',
      route: 'Connecting',
      web: 'Checking the website',
      ssh: 'Checking SSH',
    } as const;
    for (const [step, label] of Object.entries(steps)) {
      await worker.reach(step as keyof typeof steps);
      await now(page, label);
    }
    const elapsed = page.locator('.times [data-elapsed]');
    const before = await elapsed.textContent();
    while ((await elapsed.textContent()) === before) await page.waitForTimeout(50);
    t.is(await shiftsOf(page), 0);
    await worker.end();
    await page.locator('.state.running').waitFor();
    await page.frameLocator('#preview').locator('h1').waitFor();
    t.true(await password.isVisible());
    await page.getByRole('button', { name: 'I have saved it' }).click();
    await password.waitFor({ state: 'detached' });
    t.is(await page.evaluate('document.activeElement.id'), 'content');
    t.deepEqual(faults, []);
    await context.close();
  },
);

test.serial('a second click, another action and a failure leave the password where it is', async (t) => {
  const account = await makeAccount(site.api);
  const { page, context, faults } = await openPage(site, { account });
  const posts: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.goto(`${site.url}/hosting`);
  await page.locator('button.huge').dblclick();
  const password = page.locator('#ssh-password');
  await password.waitFor();
  await (await workOn(account)).end();
  t.is(posts.length, 1, 'the second click sends nothing');
  const stop = page.getByRole('button', { name: 'Stop' });
  await page.route('**/hosting/stop', (route) =>
    route.fulfill({ status: 503, contentType: 'text/html', body: '<!doctype html><h1>A page of the proxy</h1>' }),
  );
  await stop.click();
  await page.locator('#trouble', { hasText: 'does not answer right now' }).waitFor();
  t.is(await page.evaluate('document.activeElement.closest("#trouble") !== null'), true);
  t.is(await page.locator('h1').count(), 1);
  await page.unroute('**/hosting/stop');
  await page.route('**/hosting/stop', (route) => route.continue({ url: `${site.url}/nowhere` }));
  await stop.click();
  await page.locator('#trouble', { hasText: 'There is no such page' }).waitFor();
  await page.unroute('**/hosting/stop');
  await stop.click();
  await page.getByRole('heading', { name: 'Stopping' }).waitFor();
  t.is(await page.locator('#trouble').textContent(), '');
  t.true(await password.isVisible());
  await (await workOn(account)).end();
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('a reload, a second tab and a lost connection go on where they are', async (t) => {
  t.timeout(120_000);
  const account = await makeAccount(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.locator('button.huge').click();
  await page.locator('#ssh-password').waitFor();
  const worker = await workOn(account);
  await worker.reach('boot');
  await now(page, 'Switching');
  await page.reload();
  await now(page, 'Switching');
  t.is(await page.locator('#ssh-password').count(), 1, 'it stays until it is put away');
  const { page: second, context: other } = await openPage(site, { account, language: 'ko' });
  await second.goto(`${site.url}/hosting`);
  await worker.reach('web');
  await Promise.all([now(page, 'Checking the website'), now(second, '웹페이지 확인')]);
  await site.edge.reload();
  await worker.reach('ssh');
  await Promise.all([now(page, 'Checking SSH'), now(second, 'SSH 접속 확인')]);
  await context.setOffline(true);
  await worker.end();
  await context.setOffline(false);
  await Promise.all([page.locator('.state.running').waitFor(), second.locator('.state.running').waitFor()]);
  await other.close();
  await context.close();
});

test.serial('what is typed stays while the page changes', async (t) => {
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.locator('#delete summary').click();
  await page.fill('#delete-name', 'half a na');
  await page.fill('#key-name', 'my laptop');
  await page.focus('#key-name');
  await page.evaluate('globalThis.preview = document.getElementById("preview")');
  await site.api.models.Session.create({
    id: crypto.randomUUID(),
    userId: account.id,
    refreshHash: 'x',
    clientAddress: null,
    lastUsedAt: new Date(),
    expiresAt: new Date(Date.now() + 1e6),
  });
  await page.waitForTimeout(2_500);
  t.is(await page.inputValue('#delete-name'), 'half a na');
  t.is(await page.inputValue('#key-name'), 'my laptop');
  t.is(await page.evaluate('document.activeElement.id'), 'key-name');
  t.true(await page.locator('#delete-name').isVisible());
  t.is(await page.evaluate('document.getElementById("preview") === globalThis.preview'), true, 'the preview stays');
  await context.close();
});

test.serial('logging out everywhere closes the other tab’s page too', async (t) => {
  const account = await makeAccount(site.api);
  const [one, two] = await Promise.all([openPage(site, { account }), openPage(site, { account })]);
  await two.page.goto(`${site.url}/hosting`);
  await one.page.goto(`${site.url}/account`);
  await one.page.getByRole('button', { name: 'Log out everywhere' }).click();
  await one.page.waitForURL('**/login?everywhere=1');
  await two.page.waitForURL('**/login?over=1');
  t.regex((await two.page.textContent('main')) ?? '', /no longer logged in/);
  await one.context.close();
  await two.context.close();
});

test.serial('a tenant’s page cannot act as the visitor who is logged in', async (t) => {
  const account = await makeAccount(site.api, passwordHash);
  const { page: own, context } = await openPage(site, { account });
  for (const path of ['/account/log-out-everywhere', '/logout', '/hosting']) {
    const page = await context.newPage();
    await page.goto(`${site.url}/1/`);
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.evaluate(`const form = document.createElement('form');
      form.method = 'post';
      form.action = '${path}';
      document.body.append(form);
      form.submit()`);
    t.is((await answered).status(), 403, path);
  }
  await own.goto(`${site.url}/hosting`);
  t.is(await own.locator('button.huge').count(), 1, 'logged in, and nothing was created');
  await context.close();
});
