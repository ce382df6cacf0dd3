// A site at its own host in a real browser: all of what the sandbox under /{user_id}/ takes from it works there.
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { newVisitor, startBrowser, startWholeBrowser, visitPage } from '../support/browser/browser.ts';
import { askServiceWorker, echo, logIn, type Uploaded, upload } from '../support/browser/site-use.ts';
import { startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';
import { echoOverWebSocket, usualSite } from './host-site.ts';

let site: Tenant;
let browser: Browser;
let edge: TestEdge;
let url: string;
/** The same site, in the sandbox. */
let sandboxed: string;

test.before(async (t) => {
  t.timeout(120_000);
  [site, browser] = await Promise.all([startTenant(usualSite), startBrowser()]);
  site.server.on('upgrade', echoOverWebSocket);
  // Nothing is asked of the api, which is another matter.
  edge = await startEdge({ apiPort: 9, sites: {} });
  edge.setSite(1, { web: site.port, hosts: ['gildong.localhost'] });
  url = `http://gildong.localhost:${edge.httpPort}`;
  sandboxed = `http://localhost:${edge.httpPort}/1`;
});
test.after.always(async () => {
  await browser.close();
  await edge.stop();
  await site.stop();
});

test.serial('a site with a name in Hangul is there when one types that', async (t) => {
  t.timeout(60_000);
  edge.setSite(2, { web: site.port, hosts: ['xn--wk0bu0i737a.localhost'] });
  for (const name of ['홍길동', 'xn--wk0bu0i737a']) {
    const page = await visit(`http://${name}.localhost:${edge.httpPort}/`);
    t.is(await page.title(), 'a site');
    t.is(await page.evaluate('location.hostname'), 'xn--wk0bu0i737a.localhost');
    t.is(await page.evaluate('isSecureContext'), true, 'as other names below localhost');
    await page.context().close();
  }
});

async function visit(address: string): Promise<Page> {
  const { context } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, address);
  return page;
}

/** Scripts of a site's page, and what they come to. */
const features: Record<string, { script: string; value: unknown }> = {
  'registers a service worker, which answers': {
    script: askServiceWorker,
    value: 'by the worker',
  },
  'keeps something in the browser': {
    script: `localStorage.setItem('kept', 'here'), localStorage.getItem('kept')`,
    value: 'here',
  },
  'opens a database': {
    script: `new Promise((resolve, reject) => {
      const opening = indexedDB.open('own');
      opening.onsuccess = () => resolve(opening.result.name);
      opening.onerror = reject;
    })`,
    value: 'own',
  },
  'sets and reads a cookie': { script: `document.cookie = 'visits=1', document.cookie`, value: 'visits=1' },
  'keeps files for later': {
    script: `caches.open('own').then((cache) => cache.put('x', new Response('cached')))
      .then(() => caches.match('x')).then((answer) => answer.text())`,
    value: 'cached',
  },
};

for (const [name, { script, value }] of Object.entries(features)) {
  test.serial(`a site’s page ${name}: at its host, and not in the sandbox`, async (t) => {
    t.timeout(60_000);
    const page = await visit(`${url}/`);
    t.is(await page.evaluate(script), value);
    await page.context().close();
    const inSandbox = await visit(`${sandboxed}/`);
    t.is(await inSandbox.title(), 'a site');
    await t.throwsAsync(inSandbox.evaluate(script));
    await inSandbox.context().close();
  });
}

test.serial('browsers trust the host without encryption', async (t) => {
  t.timeout(60_000);
  const page = await visit(`${url}/`);
  t.true(await page.evaluate('isSecureContext'));
  await page.context().close();
});

test.serial('a log-in form works, with cookies that are SameSite=Lax, and not in the sandbox', async (t) => {
  t.timeout(60_000);
  const page = await visit(`${url}/members`);
  t.is(await page.title(), 'member: nobody');
  t.is(await logIn(page, url), 'member: gildong');
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'member');
  t.like(cookie, { domain: 'gildong.localhost', path: '/', sameSite: 'Lax', httpOnly: true });
  t.is(await logIn(page, sandboxed), 'member: nobody');
  await page.context().close();
});

test.serial('a WebSocket carries text both ways', async (t) => {
  t.timeout(60_000);
  const page = await visit(`${url}/`);
  t.is(await page.evaluate(echo('안녕하세요')), '안녕하세요');
  await page.context().close();
});

test.serial('a site shows itself in a frame, and reaches into it', async (t) => {
  t.timeout(60_000);
  for (const [address, reachable] of [
    [`${url}/framing`, true],
    [`${sandboxed}/framing`, false],
  ] as const) {
    const page = await visit(address);
    const title = `document.querySelector('iframe').contentDocument?.title`;
    t.is(await page.evaluate(title), reachable ? 'log in' : undefined, address);
    await page.context().close();
  }
});

/** Where Chromium's own viewer comes from, as a frame of the page. */
const viewer = /^chrome-extension:.*\/index\.html$/;

test.serial('a document is shown, alone and in a page: at its host, and no page’s in the sandbox', async (t) => {
  t.timeout(60_000);
  const whole = await startWholeBrowser();
  t.teardown(() => whole.close());
  const { context } = await newVisitor(whole);
  for (const path of ['paper.pdf', 'with-paper']) {
    const page = await context.newPage();
    const shown = page.waitForEvent('framenavigated', (frame) => viewer.test(frame.url()));
    await visitPage(page, `${url}/${path}`);
    t.is((await shown).page(), page, path);
  }
  const page = await context.newPage();
  const refused = page.waitForEvent('console', (message) => message.text().includes('as a plugin'));
  await visitPage(page, `${sandboxed}/with-paper`);
  t.regex((await refused).text(), /paper\.pdf' as a plugin, because the frame .* is sandboxed/);
  t.false(page.frames().some((frame) => viewer.test(frame.url())));
});

test.serial('90 MB arrive whole', async (t) => {
  t.timeout(120_000);
  const page = await visit(`${url}/`);
  const { told, ...whole } = await page.evaluate<Uploaded>(upload(90_000_000));
  t.is(told.length, 90_000_000);
  t.deepEqual(told, whole);
  await page.context().close();
});
