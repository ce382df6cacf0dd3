// The operator's pages in a browser: they tell what is so by themselves, and only while somebody looks.
import test from 'ava';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { hostingStates } from '../support/api/hosting-states.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';

let site: TestInterface;
let operator: Account;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface();
  operator = await makeAccount(site.api);
  await site.api.models.User.update({ role: 'operator' }, { where: { id: operator.id } });
});
test.after.always(() => site.stop());

test.serial(
  'a list and the page of a user follow what happens, and leave alone what is typed and opened',
  async (t) => {
    t.timeout(60_000);
    const user = await hostingStates.running(site.api);
    const { page, context, faults } = await openPage(site, { account: operator });
    await page.goto(`${site.url}/operator/hostings`);
    await page.locator(`#commands-${user.id} summary`).click();
    await site.api.models.Hosting.update({ status: 'stopped', startedAt: null }, { where: { userId: user.id } });
    await page.locator(`#hosting-${user.id} .state.stopped`).waitFor();
    t.true(await page.locator(`#pulumi-${user.id}-1`).isVisible());
    await page.goto(`${site.url}/operator/users/${user.id}`);
    await page.locator('#suspend summary').click();
    await page.fill('#suspend-reason', 'half a rea');
    await site.api.models.Hosting.update({ status: 'running' }, { where: { userId: user.id } });
    await page.locator('.state.running').waitFor();
    t.is(await page.inputValue('#suspend-reason'), 'half a rea');
    t.is(await page.evaluate('document.activeElement.id'), 'suspend-reason');
    // Another operator was faster: what is no longer possible is no longer there.
    await site.api.models.User.update({ suspendedAt: new Date() }, { where: { id: user.id } });
    await page.locator('#resume').waitFor();
    t.is(await page.locator('#suspend').count(), 0);
    t.deepEqual(faults, []);
    await context.close();
  },
);

test.serial('a page that nobody looks at asks for nothing, and says when it cannot be had', async (t) => {
  t.timeout(60_000);
  const { page, context } = await openPage(site, { account: operator });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${site.url}/operator/users`);
  const hide = (hidden: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'))`);
  await hide(true);
  const before = asked.length;
  await page.waitForTimeout(6_000);
  t.is(asked.length, before);
  const again = page.waitForRequest('**/operator/users');
  await hide(false);
  await again;
  await context.setOffline(true);
  await page.locator('#lost', { hasText: 'Reconnecting' }).waitFor();
  await context.setOffline(false);
  await page.locator('#lost:empty').waitFor({ state: 'attached' });
  await context.close();
  t.pass();
});

test.serial('who is no operator any more is told so by the page itself', async (t) => {
  t.timeout(60_000);
  const former = await makeAccount(site.api);
  await site.api.models.User.update({ role: 'operator' }, { where: { id: former.id } });
  const { page, context } = await openPage(site, { account: former });
  await page.goto(`${site.url}/operator/users`);
  await site.api.models.User.update({ role: 'user' }, { where: { id: former.id } });
  await page.locator('main', { hasText: 'Only operators may see this page' }).waitFor();
  await context.close();
  t.pass();
});
