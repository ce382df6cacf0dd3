// A site that sleeps, opened in a real browser, with scripts and without: a page says that it wakes up, and then it is there.
import test from 'ava';
import type { Browser } from 'playwright-core';
import { newVisitor, startBrowser } from '../support/browser/browser.ts';
import { startActivator, type TestActivator } from '../support/proxy/activator.ts';
import { startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';

let browser: Browser;
let edge: TestEdge;
let machine: Tenant;
let activator: TestActivator;

test.before(async (t) => {
  t.timeout(120_000);
  const site = '<!doctype html><title>Site</title><h1>the site</h1>';
  machine = await startTenant((_request, response) => response.setHeader('Content-Type', 'text/html').end(site));
  [edge, browser] = await Promise.all([startEdge({ apiPort: 9, sites: {} }), startBrowser()]);
  activator = await startActivator(edge);
});
test.after.always(() => Promise.all([browser.close(), edge.stop(), activator.stop(), machine.stop()]));

for (const [id, { name, url, javaScriptEnabled }] of [
  { name: 'by its path', url: (id: number) => `http://localhost:${edge.httpPort}/${id}/`, javaScriptEnabled: true },
  {
    name: 'by its path, without scripts',
    url: (id: number) => `http://localhost:${edge.httpPort}/${id}/`,
    javaScriptEnabled: false,
  },
  {
    name: 'by its host',
    url: (id: number) => `http://site-${id}.localhost:${edge.httpPort}/`,
    javaScriptEnabled: true,
  },
].entries())
  test(`a site that sleeps says that it wakes up, and opens by itself: ${name}`, async (t) => {
    t.timeout(120_000);
    edge.setSite(id + 1, { web: machine.port, hosts: [`site-${id + 1}.localhost`] });
    edge.setAsleep(id + 1, true);
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    activator.wakes(id + 1, () => ready);
    const { context, violations } = await newVisitor(browser, { javaScriptEnabled });
    const page = await context.newPage();
    t.is((await page.goto(url(id + 1)))?.status(), 503);
    t.is(await page.textContent('h1'), '사이트가 깨어나는 중입니다');
    t.regex((await page.textContent('[lang=en]')) ?? '', /This site is waking up/);
    await activator.untilAsked(id + 1, 2);
    resolve();
    await page.waitForSelector('text=the site');
    t.is(await page.title(), 'Site');
    t.deepEqual(violations, []);
    await context.close();
  });
