// A person's way through the interface on real VMs: from signing up to deleting, with a reload, a second tab, a failure,
// and the operator.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { newVisitor, startBrowser, visitPage } from '../support/browser/browser.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { whatIsLeft } from '../support/installation/leftovers.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();
const slow = { timeout: 240_000 };

let browser: Browser;
let page: Page;
/** Another tab of the same person. */
let tab: Page;
let userId: number;
let sshPort: number;
const username = `person-${Date.now().toString(36)}`;
const email = `${username}@example.com`;

async function openTabs(): Promise<[Page, Page]> {
  const { context } = await newVisitor(browser);
  await context.setExtraHTTPHeaders({ 'Accept-Language': 'en' });
  return [await context.newPage(), await context.newPage()];
}

async function signUp(url: string, name: string): Promise<[Page, Page]> {
  const tabs = await openTabs();
  const [first] = tabs;
  await visitPage(first, url);
  await first.click('main a[href="/signup"]');
  await first.fill('#email', `${name}@example.com`);
  await first.fill('#username', name);
  await first.fill('#password', 'secure123');
  await first.click('main button.main');
  await first.waitForURL('**/hosting');
  return tabs;
}

const statusOf = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(10_000) })).status;

const state = (one: Page, name: string) => one.locator(`.state.${name}`).waitFor(slow);

test.before(async () => {
  browser = await startBrowser();
});
test.after.always(() => browser.close());

test.serial('sign up, create with steps, and the address opens; a reload and a second tab go on', async (t) => {
  t.timeout(600_000);
  const { url, database } = t.context;
  [page, tab] = await signUp(url, username);
  const user = await database.models.User.findOne({ where: { username }, rejectOnEmpty: true });
  userId = user.id;
  await page.click('button.huge');
  const password = (await page.textContent('#ssh-password')) ?? '';
  await visitPage(tab, `${url}/hosting`);
  const steps: string[] = [];
  const note = async () => {
    const label = await tab
      .locator('.steps .now > span:nth-child(2)')
      .textContent({ timeout: 500 })
      .catch(() => null);
    if (label !== null && label !== steps.at(-1)) steps.push(label);
  };
  await tab.locator('.operation').waitFor();
  await page.reload();
  while ((await tab.locator('.state.running').count()) === 0) {
    await note();
    await tab.waitForTimeout(50);
  }
  t.log(steps);
  t.true(steps.length >= 3, 'steps were seen as they happened');
  await state(page, 'running');
  sshPort = Number(await page.textContent('#sftp-port'));
  t.is(await page.textContent('#ssh-command'), `ssh -p ${sshPort} ubuntu@localhost`);
  await page.frameLocator('#preview').getByText(username).first().waitFor(slow);
  const [site] = await Promise.all([page.context().waitForEvent('page'), page.click('#web-url')]);
  await site.getByText(username).first().waitFor(slow);
  await site.close();
  t.is(await ssh(sshPort, { password }, 'id -un'), 'ubuntu\n');
});

test.serial('a key reaches the running machine', async (t) => {
  t.timeout(600_000);
  const { file: key, publicKey } = makeKey(t.context.directory);
  await page.fill('#key-name', 'at home');
  await page.fill('#key-text', publicKey);
  await page.getByRole('button', { name: 'Add key' }).click();
  await page.locator('.keys li', { hasText: 'On your server' }).waitFor(slow);
  await tab.locator('.keys li', { hasText: 'at home' }).waitFor(slow);
  t.is(await ssh(sshPort, { key }, 'id -un'), 'ubuntu\n');
});

test.serial('stop and start, seen in both tabs', async (t) => {
  t.timeout(600_000);
  const site = `${t.context.url}/${userId}/`;
  await page.getByRole('button', { name: 'Stop' }).click();
  await Promise.all([state(page, 'stopped'), state(tab, 'stopped')]);
  t.not(await statusOf(site), 200);
  await tab.getByRole('button', { name: 'Start', exact: true }).click();
  await Promise.all([state(page, 'running'), state(tab, 'running')]);
  // SSH may have proven the start, before the page came.
  while ((await statusOf(site)) !== 200) await page.waitForTimeout(200);
  t.pass();
});

test.serial('the operator suspends: the page ends, the site closes; then all is back', async (t) => {
  t.timeout(600_000);
  const operatorName = `warden-${Date.now().toString(36)}`;
  const [operator] = await signUp(t.context.url, operatorName);
  await t.context.database.models.User.update({ role: 'operator' }, { where: { username: operatorName } });
  await visitPage(operator, `${t.context.url}/operator/users/${userId}`);
  await operator.getByText('Suspend…').click();
  await operator.fill('#suspend-reason', 'It is a test.');
  await operator.getByRole('button', { name: `Suspend ${username}` }).click();
  await Promise.all([page.waitForURL('**/login?over=1'), tab.waitForURL('**/login?over=1')]);
  await page.fill('#email', email);
  await page.fill('#password', 'secure123');
  await page.click('main button.main');
  await page.getByText('The operator has suspended this account').waitFor();
  await page.getByText('It is a test.').waitFor();
  await operator.getByText('The user is suspended').waitFor();
  await untilOperationsEnd(operator, t.context.url);
  t.is(await statusOf(`${t.context.url}/${userId}/`), 403);
  await visitPage(operator, `${t.context.url}/operator/users/${userId}`);
  await operator.getByText('Resume…').click();
  await operator.getByRole('button', { name: `Resume ${username}` }).click();
  await page.fill('#password', 'secure123');
  await page.click('main button.main');
  await state(page, 'running');
  await operator.context().close();
});

/** Waits, on the operator's page, until nothing is under way. */
async function untilOperationsEnd(operator: Page, url: string): Promise<void> {
  // In the order in which operations pass through them: none is missed between two looks.
  for (const one of ['queued', 'running']) {
    await visitPage(operator, `${url}/operator/operations?state=${one}`);
    while ((await operator.locator('.entries li').count()) > 0) {
      await operator.waitForTimeout(500);
      await visitPage(operator, `${url}/operator/operations?state=${one}`);
    }
  }
}

test.serial('delete, confirmed by the name, and nothing is left', async (t) => {
  t.timeout(600_000);
  await page.locator('#delete summary').click();
  await page.fill('#delete-name', username);
  await page.getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Your hosting is deleted').waitFor(slow);
  t.deepEqual(await whatIsLeft(t.context, userId, sshPort), []);
});

test.serial('a create that fails says where and why, and works when it is tried again', async (t) => {
  t.timeout(600_000);
  const folder = join(t.context.directory, 'proxy/sites/ids');
  t.teardown(() => chmodSync(folder, 0o755));
  chmodSync(folder, 0o700);
  await page.click('button.huge');
  await page.getByText('Your hosting could not be created').waitFor(slow);
  t.regex((await page.textContent('.failure')) ?? '', /Failed at.*Why.*could not be connected.*was cleaned up/s);
  t.deepEqual(await whatIsLeft(t.context, userId), []);
  chmodSync(folder, 0o755);
  await page.getByRole('button', { name: 'Try again' }).click();
  await state(page, 'running');
});

test.serial('logging out everywhere ends both tabs', async (t) => {
  await visitPage(tab, `${t.context.url}/hosting`);
  await state(tab, 'running');
  await visitPage(page, `${t.context.url}/account`);
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.waitForURL('**/login?everywhere=1');
  await tab.waitForURL('**/login?over=1');
  t.pass();
});
