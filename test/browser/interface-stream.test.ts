// The page of a hosting that may not be told of changes at first, as whoever has too many of them open; and what pages weigh.
import test from 'ava';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

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

/** Bytes that the network carries for a page, and how many requests. */
async function weigh(path: string, account?: Account): Promise<{ bytes: number; requests: number }> {
  const { page, context } = await openPage(site, account ? { account } : {});
  const session = await context.newCDPSession(page);
  const weight = { bytes: 0, requests: 0 };
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    weight.bytes += encodedDataLength;
    weight.requests += 1;
  });
  await session.send('Network.enable');
  await page.goto(`${site.url}${path}`, { waitUntil: 'load' });
  await page.waitForTimeout(500);
  await context.close();
  return weight;
}

test.serial('the first page is small, and so is the page of the hosting', async (t) => {
  const first = await weigh('/');
  t.log('start page', first);
  t.true(first.requests >= 2 && first.bytes <= 100_000);
  const hosting = await weigh('/hosting', await makeAccount(site.api));
  t.log('page of the hosting', hosting);
  t.true(hosting.requests >= 4 && hosting.bytes <= 100_000);
});
