// The interface by other ways than a mouse and a script: copying, by keyboard alone, and without JavaScript.
import test from 'ava';
import type { Page } from 'playwright-core';
import { userOf } from '../../api/models/operation.ts';
import { hostingStates, SlowWorker } from '../support/api/hosting-states.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface();
});
test.after.always(() => site.stop());

test.serial('copying', async (t) => {
  const account = await hostingStates.running(site.api);
  const { page, context } = await openPage(site, { account });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(`${site.url}/hosting`);
  await page.getByRole('button', { name: 'Copy SSH command' }).click();
  await page.locator('[data-copied]').waitFor();
  t.is(await page.evaluate('navigator.clipboard.readText()'), await page.textContent('#ssh-command'));
  const again = page.getByRole('button', { name: 'Copy SSH command' });
  await again.click();
  await site.api.models.Hosting.update({ startedAt: new Date() }, { where: { userId: account.id } });
  await page.waitForTimeout(2_500);
  t.is(await again.textContent(), 'Copy', 'a second click while it says so, and a panel that came meanwhile');
  await page.getByRole('button', { name: 'Copy Address of the website' }).click();
  await page.locator('.address [data-copied]').waitFor();
  t.regex(await page.evaluate<string>('navigator.clipboard.readText()'), new RegExp(`/${account.id}$`));
  await context.close();
});

/** Presses Tab until something has the focus; each stop on the way must be seen. */
async function tabTo(page: Page, selector: string): Promise<string[]> {
  const unseen: string[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<{ found: boolean; seen: boolean; what: string }>(`(() => {
      const element = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { found: element.matches(${JSON.stringify(selector)}), seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, what: element.outerHTML.slice(0, 80) };
    })()`);
    if (!stop.seen) unseen.push(stop.what);
    if (stop.found) return unseen;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

test.serial('by keyboard alone: from the start page to a hosting', async (t) => {
  t.timeout(60_000);
  const { page, context } = await openPage(site);
  await page.goto(site.url);
  await page.keyboard.press('Tab');
  t.is(
    await page.evaluate('document.activeElement.getAttribute("href")'),
    '#content',
    'what leads past the menu comes first',
  );
  await page.keyboard.press('Enter');
  const unseen = await tabTo(page, 'main a[href="/signup"]');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/signup');
  unseen.push(...(await tabTo(page, '#email')));
  await page.keyboard.type('keys@example.com');
  await page.keyboard.press('Tab');
  await page.keyboard.type('keys');
  await page.keyboard.press('Tab');
  await page.keyboard.type('password');
  await page.keyboard.press('Enter');
  await page.locator('#password-error').waitFor();
  t.is(await page.evaluate('document.activeElement.getAttribute("role")'), 'alert', 'what is wrong is heard first');
  unseen.push(...(await tabTo(page, '#password')));
  await page.keyboard.type('secure123');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/hosting');
  unseen.push(...(await tabTo(page, 'button.huge')));
  await page.keyboard.press('Enter');
  await page.locator('#ssh-password').waitFor();
  t.is(await page.evaluate('document.activeElement.getAttribute("role")'), 'alert', 'and so is the password');
  t.deepEqual(unseen, []);
  await context.close();
});

test.serial('without JavaScript: sign up, create, see the steps and the running hosting, stop it', async (t) => {
  t.timeout(120_000);
  const { page, context } = await openPage(site, { javaScript: false });
  await page.goto(site.url);
  await page.click('main a[href="/signup"]');
  await page.fill('#email', 'plain@example.com');
  await page.fill('#username', 'plain');
  await page.fill('#password', 'secure123');
  await page.click('main button.main');
  await page.click('button.huge');
  t.is((await page.textContent('#ssh-password'))?.length, 23);
  t.is(await page.locator('.copy:visible').count(), 0, 'buttons that do nothing are not shown');
  await page.click('text=I have saved it');
  const latest = await site.api.models.Operation.findOne({ order: [['createdAt', 'DESC']], rejectOnEmpty: true });
  const userId = userOf(latest);
  const worker = await SlowWorker.of(site.api, { id: userId });
  await worker.reach('web');
  await page.locator('.steps li.now', { hasText: 'Checking the website' }).waitFor();
  await worker.end();
  await page.locator('.state.running').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('heading', { name: 'Stopping' }).waitFor();
  await (await SlowWorker.of(site.api, { id: userId })).end();
  await page.locator('.state.stopped').waitFor();
  await page.click('text=Log out');
  await page.fill('#email', 'plain@example.com');
  await page.fill('#password', 'secure123');
  await page.click('main button.main');
  await page.waitForURL('**/hosting');
  await context.close();
  t.pass();
});

test.serial('without JavaScript: names, and a domain that is added, looked at and removed', async (t) => {
  t.timeout(60_000);
  const account = await hostingStates.stopped(site.api);
  const { page, context } = await openPage(site, { account, javaScript: false });
  await page.goto(`${site.url}/account`);
  await page.fill('#site_name', 'admin');
  await page.click('form[action="/account/names"] button');
  await page.locator('#site_name-error').waitFor();
  await page.fill('#site_name', 'a-plain-name');
  await page.click('form[action="/account/names"] button');
  await page.locator('.facts', { hasText: 'a-plain-name' }).waitFor();
  await page.goto(`${site.url}/hosting`);
  await page.fill('#domain-name', 'localhost');
  await page.click('#add-domain button');
  await page.locator('#domain-name-error').waitFor();
  await page.fill('#domain-name', 'www.plain-shop.com');
  await page.click('#add-domain button');
  const domain = page.locator('[id="domain-www.plain-shop.com"]');
  const { token } = await site.api.models.Domain.findOne({ where: { userId: account.id }, rejectOnEmpty: true });
  t.true(await domain.getByText(token).isVisible(), 'the record to make');
  await site.api.models.Domain.update({ nextCheckAt: null, checkedAt: new Date() }, { where: { userId: account.id } });
  await domain.getByRole('button', { name: 'Check' }).click();
  await domain.getByText('It is being looked at…').waitFor();
  await domain.locator('summary', { hasText: 'Remove' }).click();
  await domain.getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No domains yet').waitFor();
  await context.close();
});
