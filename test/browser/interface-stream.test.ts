// The page of a hosting that may not be told of changes at first: whoever has too many of them open.
import test from 'ava';
import { makeAccount } from '../support/calls.ts';
import { openPage, startInterface, type TestInterface } from '../support/interface.ts';
import { PageVisitor } from '../support/page-visitor.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface();
});
test.after.always(() => site.stop());

test('it says so, and is live as soon as it may', async (t) => {
  const account = await makeAccount(site.api);
  const visitor = PageVisitor.as(site.api, account);
  const others = new AbortController();
  const opened = await Promise.all(Array.from({ length: 20 }, () => visitor.open('/hosting/events', others.signal)));
  t.true(opened.every(({ status }) => status === 200));
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/hosting`);
  await page.locator('#lost', { hasText: 'Reconnecting' }).waitFor();
  others.abort();
  await page.locator('#lost:empty').waitFor({ state: 'attached' });
  await context.close();
});
