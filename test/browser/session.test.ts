// Who is logged in, as a browser sees it: what it sends, and what it keeps.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { makeAccount } from '../support/api/calls.ts';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';

let site: TestInterface;
test.before(async (t) => {
  t.timeout(120_000);
  site = await startInterface(1);
});
test.after.always(() => site.stop());

test.serial('after the log-out nobody gets the page back with the browser’s button', async (t) => {
  const account = await makeAccount(site.api);
  const { page, context } = await openPage(site, { account });
  await page.goto(`${site.url}/account`);
  await page.click('text=Log out');
  await page.waitForURL('**/login?out=1');
  await page.goBack();
  await page.waitForURL('**/login?back=%2Faccount');
  t.false((await page.content()).includes(account.email));
  await context.close();
});

/** A page of another site, with a link to a page of ours. */
async function startElsewhere(path: string) {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>elsewhere</title><a href="${site.url}${path}">there</a>`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Not `localhost`, by which ours is called.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop: () => server.close() };
}

for (const javaScript of [true, false])
  test.serial(
    `a link from elsewhere leads who is logged in to the page, scripts ${javaScript ? 'on' : 'off'}`,
    async (t) => {
      const elsewhere = await startElsewhere('/account');
      t.teardown(elsewhere.stop);
      const account = await makeAccount(site.api);
      const [somebody, nobody] = [await openPage(site, { javaScript }), await openPage(site, { javaScript })];
      // As our own answer sets it.
      const cookie = { name: 'webhoster-session', value: account.refreshToken, url: site.url, httpOnly: true };
      await somebody.context.addCookies([{ ...cookie, sameSite: 'Strict' }]);
      for (const { page } of [somebody, nobody]) {
        await page.goto(elsewhere.url);
        await page.click('a');
      }
      await somebody.page.getByText(account.email).waitFor();
      t.is(new URL(somebody.page.url()).pathname, '/account');
      await nobody.page.waitForURL('**/login?back=%2Faccount');
      for (const { context } of [somebody, nobody]) await context.close();
    },
  );
