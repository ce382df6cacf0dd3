// A hostile site at its own host, before a visitor who is logged in at the interface: where both are below `localhost`, where
// they share a domain, and where they do not. Each attempt works where the attacker may do it, or without what is done against it.
import test from 'ava';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { newVisitor, startBrowser, visitPage } from '../support/browser/browser.ts';
import { startTenant, type Tenant } from '../support/proxy/edge.ts';
import { password, passwordHash } from '../support/api/fixtures.ts';
import { changing, hostileSite, reaching, tossed } from './host-attempts.ts';
import { browserArguments, type Layout, layoutNames, layouts, type Place, startPlace } from './host-layouts.ts';
import { arrived } from './tenant-site.ts';

let api: TestApi;
let site: Tenant;
let browser: Browser;
/** As it is, and without what the proxy and the api do against such sites. */
const guarded = {} as Record<Layout, Place>;
const open = {} as Record<Layout, Place>;
let victim: Account;
let attacker: Account;

test.before(async (t) => {
  t.timeout(180_000);
  [api, site, browser] = await Promise.all([startApi(), startTenant(hostileSite), startBrowser(browserArguments)]);
  victim = await makeAccount(api, passwordHash);
  attacker = await makeAccount(api);
  const servers = { apiUrl: api.url, sitePort: site.port };
  for (const layout of layoutNames) {
    guarded[layout] = await startPlace(layout, { ...servers, isOpen: false });
    open[layout] = await startPlace(layout, { ...servers, isOpen: true });
  }
});
test.after.always(async () => {
  await browser.close();
  await Promise.all([...Object.values(guarded), ...Object.values(open)].map(({ stop }) => stop()));
  await Promise.all([site.stop(), api.stop()]);
});

/** A visitor who has logged in, with the interface's page for accounts open. */
async function logIn({ url }: Place): Promise<{ context: BrowserContext; own: Page }> {
  const { context } = await newVisitor(browser, { locale: 'en-US' });
  const own = await context.newPage();
  await visitPage(own, `${url}/login?back=%2Faccount`);
  await own.fill('#email', victim.email);
  await own.fill('#password', password);
  await Promise.all([own.waitForURL('**/account'), own.click('main button.main')]);
  return { context, own };
}

/** The same, with the hostile page open. */
async function visit(place: Place, path = '/'): Promise<{ context: BrowserContext; own: Page; page: Page }> {
  const { context, own } = await logIn(place);
  const page = await context.newPage();
  await visitPage(page, `${place.siteUrl}${path}`);
  return { context, own, page };
}

/** Who the interface takes the visitor for. */
async function whoIs(context: BrowserContext, url: string): Promise<string | null> {
  const page = await context.newPage();
  await visitPage(page, `${url}/account`);
  const content = await page.content();
  await page.close();
  return [victim, attacker].find(({ email }) => content.includes(email))?.email ?? null;
}

async function cookiesAt(context: BrowserContext, url: string): Promise<string[]> {
  const cookies = await context.cookies(url);
  return cookies.map(({ name, value }) => `${name}=${value}`).toSorted();
}

for (const layout of layoutNames) {
  for (const [name, script] of Object.entries(reaching))
    test.serial(`${layout}: of the interface a site ${name}: not here`, async (t) => {
      t.timeout(60_000);
      const { context, page } = await visit(guarded[layout]);
      const { url, siteUrl } = guarded[layout];
      t.is(await page.title(), 'hostile');
      await t.throwsAsync(page.evaluate(script(url)));
      await visitPage(page, `${siteUrl}/`);
      t.truthy(await page.evaluate(script(siteUrl)), 'it can succeed');
      await context.close();
    });

  for (const [name, { script, leaves }] of Object.entries(changing))
    test.serial(`${layout}: ${name} changes nothing at the interface`, async (t) => {
      t.timeout(60_000);
      const { url, recorder } = guarded[layout];
      const { context, own, page } = await visit(guarded[layout]);
      const send = async (from: Page) => {
        recorder.requests.length = 0;
        await Promise.all([leaves && from.waitForURL(/attempt|out=1/), from.evaluate(script(url))]);
        return recorder.requests.filter(({ url: path }) => path.includes('attempt'));
      };
      const [attempt] = await send(page);
      t.is(attempt?.status, 403);
      // What is one site to a browser brings the login along, and only the api's look at the origin is left.
      const isOneSite = layout === 'below one domain';
      t.is(/webhoster-session=/.test(attempt?.headers.cookie ?? ''), isOneSite, attempt?.headers.cookie);
      t.is(await whoIs(context, url), victim.email);
      const [asked] = await send(own);
      t.is(asked?.status, 303);
      t.is(await whoIs(context, url), null, 'it can succeed');
      await context.close();
    });

  test.serial(`${layout}: the interface is not in a site’s frame`, async (t) => {
    t.timeout(60_000);
    for (const place of [guarded[layout], open[layout]]) {
      const { context, page } = await visit(place);
      await page.evaluate(`new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.src = '${place.url}/login';
        frame.onload = resolve;
        document.documentElement.append(frame);
      })`);
      const [frame] = page.mainFrame().childFrames();
      const shown = (await frame?.content()) ?? '';
      t.is(shown.includes('Webhoster'), place === open[layout], frame?.url());
      await context.close();
    }
  });

  test.serial(`${layout}: a site holds no window of the interface, nor is held by it`, async (t) => {
    t.timeout(60_000);
    for (const place of [guarded[layout], open[layout]]) {
      const { context, own, page } = await visit(place);
      const [inner] = await Promise.all([
        context.waitForEvent('page'),
        page.evaluate(`globalThis.opened = window.open('${place.url}/login'), undefined`),
      ]);
      await inner.waitForURL(/login|hosting/);
      t.is(await page.evaluate('opened.closed'), place === guarded[layout]);
      const [outer] = await Promise.all([
        context.waitForEvent('page'),
        own.evaluate(`window.open('${place.siteUrl}/'), undefined`),
      ]);
      await outer.waitForURL(`${place.siteUrl}/`);
      t.is(await outer.evaluate('opener === null'), place === guarded[layout]);
      await context.close();
    }
  });

  test.serial(`${layout}: each keeps what it has in the browser`, async (t) => {
    t.timeout(60_000);
    arrived.length = 0;
    const { context, own, page } = await visit(guarded[layout]);
    await own.evaluate(`localStorage.setItem('whose', 'ours'), document.cookie = 'readable=ours'`);
    await page.evaluate(`localStorage.setItem('whose', 'theirs'), document.cookie = 'own=theirs'`);
    await visitPage(page, `${guarded[layout].siteUrl}/again`);
    t.is(await page.evaluate(`localStorage.getItem('whose')`), 'theirs');
    t.is(await page.evaluate('document.cookie'), 'own=theirs');
    t.is(arrived.find(({ url }) => url === '/again')?.headers.cookie, 'own=theirs');
    t.is(await own.evaluate(`localStorage.getItem('whose')`), 'ours');
    t.true((await cookiesAt(context, guarded[layout].url)).includes('readable=ours'));
    await context.close();
  });

  test.serial(`${layout}: a site’s server sets no cookie of the interface’s`, async (t) => {
    t.timeout(60_000);
    const { publicHost } = layouts[layout];
    const query = new URLSearchParams(
      tossed('tossed', publicHost).map((cookie): [string, string] => ['cookie', cookie]),
    );
    for (const place of [guarded[layout], open[layout]]) {
      const { context, page } = await visit(place);
      const before = await cookiesAt(context, `${place.url}/account`);
      await visitPage(page, `${place.siteUrl}/?${query.toString()}`);
      const isHit = (await cookiesAt(context, `${place.url}/account`)).join() !== before.join();
      // To a browser `localhost` is a domain like `com`, for which nobody sets cookies.
      t.is(isHit, place === open[layout] && layout === 'below one domain');
      const own = await cookiesAt(context, place.siteUrl);
      if (place === guarded[layout]) t.true(own.includes('webhoster-session=tossed'), 'at home it may');
      t.is(await whoIs(context, place.url), victim.email);
      await context.close();
    }
  });

  test.serial(`${layout}: a site clears no cookies but by setting them`, async (t) => {
    t.timeout(60_000);
    for (const place of [guarded[layout], open[layout]])
      for (const path of ['/clearing', '/clearing-all']) {
        const { context, page } = await visit(place);
        await page.evaluate(`localStorage.setItem('own', 'x'), document.cookie = 'own=1'`);
        await visitPage(page, `${place.siteUrl}${path}`);
        t.is(await page.evaluate(`localStorage.getItem('own')`), null, 'its own storage is cleared');
        t.is(await page.evaluate('document.cookie'), place === open[layout] ? '' : 'own=1');
        // Browsers clear those of the whole domain.
        const isHit = place === open[layout] && layout === 'below one domain';
        t.is(await whoIs(context, place.url), isHit ? null : victim.email);
        await context.close();
      }
  });

  test.serial(`${layout}: cookies that a site’s script sets log nobody in or out`, async (t) => {
    t.timeout(60_000);
    const { publicHost } = layouts[layout];
    const { url, siteUrl } = guarded[layout];
    const script = tossed(attacker.refreshToken, publicHost)
      .concat(`webhoster-language=ko; Domain=${publicHost}; Path=/`, 'own=1')
      .map((cookie) => `document.cookie = '${cookie}';`);
    const { context: nobody } = await newVisitor(browser, { locale: 'en-US' });
    const { context: somebody } = await logIn(guarded[layout]);
    for (const [context, email] of [
      [nobody, null],
      [somebody, victim.email],
    ] as const) {
      const page = await context.newPage();
      await visitPage(page, `${siteUrl}/`);
      await page.evaluate(script.join(''));
      t.regex(await page.evaluate('document.cookie'), /own=1/);
      t.is(await whoIs(context, url), email);
      await visitPage(page, `${url}/login`);
      t.is(await page.locator('html').getAttribute('lang'), 'en');
      await context.close();
    }
  });
}

// Which only a name that nobody else may set keeps away, and that needs encryption.
test.serial('a visitor is not logged in as somebody else by a site’s cookie in clear', async (t) => {
  t.timeout(60_000);
  const [plain = ''] = tossed(attacker.refreshToken, 'host.example');
  for (const place of [guarded['below one domain'], open['below one domain']]) {
    const { context } = await newVisitor(browser);
    const page = await context.newPage();
    await visitPage(page, `${place.clearSiteUrl}/`);
    await page.evaluate(`document.cookie = '${plain}', undefined`);
    t.is(await whoIs(context, place.clearUrl), place === guarded['below one domain'] ? null : attacker.email);
    await context.close();
  }
});
