// The page of the hosting when requests are slow, late, cut and doubled.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import type { Page, Route } from 'playwright-core';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { hostingStates, SlowWorker } from '../support/api/hosting-states.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';
import { key } from '../support/api/fixtures.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface();
});
test.after.always(() => site.stop());

async function workOn(account: Account): Promise<SlowWorker> {
  const where = { userId: account.id, state: 'queued' };
  for (;;) {
    const operation = await site.api.models.Operation.findOne({ where });
    if (operation) return SlowWorker.take(site.api, operation.id);
    await delay(50);
  }
}

/** Has answers arrive so many milliseconds after they were given. */
async function holdBack(page: Page, path: string, milliseconds: number): Promise<void> {
  await page.route(`**${path}`, async (route: Route) => {
    const response = await route.fetch({ maxRedirects: 0 });
    await delay(milliseconds);
    await route.fulfill({ response });
  });
}

/** Waits until the page has dealt with the answer to what was sent. */
async function untilTaken(page: Page): Promise<void> {
  while ((await page.locator('#hosting [aria-disabled=true]').count()) > 0) await page.waitForTimeout(50);
}

async function addKey(page: Page): Promise<void> {
  await page.fill('#key-text', key);
  await page.getByRole('button', { name: 'Add key', exact: true }).click();
}

test.serial('an answer that comes late does not overwrite what came after it', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context, faults } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await holdBack(page, '/hosting/keys', 4_000);
  const answered = page.waitForResponse('**/hosting/keys');
  await addKey(page);
  await (await workOn(account)).end();
  await page.getByText('On your server').last().waitFor();
  await answered;
  await untilTaken(page);
  t.is(await page.locator('.state.running').count(), 1);
  t.is(await page.locator('#add-key button').isEnabled(), true);
  t.is(await page.locator('#hosting [aria-disabled=true]').count(), 0);
  t.deepEqual(faults, []);
  await context.close();
});

test.serial('a refusal that comes late is told all the same', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await holdBack(page, '/hosting/keys', 2_500);
  await page.fill('#key-text', 'nonsense');
  await page.getByRole('button', { name: 'Add key', exact: true }).click();
  // Meanwhile something else brings a newer panel.
  await site.api.models.SshKey.update({ state: 'removing' }, { where: { userId: account.id, name: 'office' } });
  await page.locator('[role=alert]', { hasText: 'Please correct' }).waitFor();
  t.is(await page.locator('.state.running').count(), 1);
  await context.close();
});

test.serial('a create whose answer comes after its failure leaves no password, and says that it failed', async (t) => {
  t.timeout(60_000);
  const account = await makeAccount(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await holdBack(page, '/hosting', 4_000);
  const answered = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.locator('button.huge').click();
  await (await workOn(account)).end({ code: 'VM_NOT_READY', status: 504, message: 'x' });
  await page.getByRole('heading', { name: 'Your hosting could not be created' }).waitFor();
  await answered;
  await untilTaken(page);
  // Between two steps of the swap it is there for a moment, which a busy machine makes long enough to be seen.
  await page.locator('#ssh-password').waitFor({ state: 'detached' });
  t.is(await page.getByRole('heading', { name: 'Your hosting could not be created' }).count(), 1);
  await context.close();
});

test.serial('a password that was not set goes from the page that is open', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.locator('#renew summary').click();
  await page.getByRole('button', { name: 'Get a new password' }).click();
  await page.locator('#ssh-password').waitFor();
  await (await workOn(account)).end({ code: 'AGENT_UNREACHABLE', status: 504, message: 'x' });
  await page.locator('#ssh-password').waitFor({ state: 'detached' });
  t.is(await page.getByRole('heading', { name: 'Your new password could not be set' }).count(), 1);
  await context.close();
});

test.serial('while something is sent, a second click sends nothing; everything says that it waits', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  const posts: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.goto(`${site.url}/hosting`);
  await holdBack(page, '/hosting/stop', 1_500);
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  await stop.dblclick();
  const restart = page.getByRole('button', { name: 'Restart', exact: true });
  t.is(await restart.getAttribute('aria-disabled'), 'true');
  await restart.click({ force: true });
  await page.waitForResponse('**/hosting/stop');
  await page.getByRole('heading', { name: 'Stopping' }).waitFor();
  t.is(posts.length, 1);
  t.is(await page.locator('[role=alert]').count(), 0);
  await (await workOn(account)).end();
  await page.locator('.state.stopped').waitFor();
  t.is(await stop.isDisabled(), true, 'what is not possible stays so');
  await context.close();
});

test.serial('who reads on after an action is not led away by what comes by itself', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByRole('heading', { name: 'Stopping' }).waitFor();
  await page.evaluate('document.activeElement.blur()');
  const worker = await workOn(account);
  await worker.reach('shutdown');
  await page.locator('.steps li.now', { hasText: 'Shutting' }).waitFor();
  await worker.end();
  await page.locator('.state.stopped').waitFor();
  t.is(await page.evaluate('document.activeElement === document.body'), true);
  await context.close();
});

test.serial('what got no answer is said, and can be sent again', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  const stop = page.getByRole('button', { name: 'Stop', exact: true });
  const said = page.locator('#trouble [role=alert]', { hasText: 'No answer came' });
  await context.setOffline(true);
  await stop.click();
  await said.waitFor();
  await context.setOffline(false);
  await page.route('**/hosting/stop', (route) => route.abort('connectionreset'));
  await stop.click();
  await said.waitFor();
  await page.unroute('**/hosting/stop');
  await stop.click();
  await page.getByRole('heading', { name: 'Stopping' }).waitFor();
  t.is(await said.count(), 0);
  await (await workOn(account)).end();
  await context.close();
});

test.serial('a form of any page is sent once, however often it is clicked', async (t) => {
  const { page, context } = await openPage(site);
  const posts: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  await page.goto(`${site.url}/signup`);
  await holdBack(page, '/signup', 1_000);
  await page.fill('#email', 'twice@example.com');
  await page.fill('#username', 'twice');
  await page.fill('#password', 'correct horse');
  await page.locator('main button.main').dblclick();
  await page.waitForURL('**/hosting');
  t.is(posts.length, 1);
  await context.close();
});
