// A tenant's page in a real browser, before a visitor who is logged in at the interface. Each attempt fails, and succeeds where
// the proxy and the api are without what they do against it.
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'ava';
import type { Browser, Page } from 'playwright-core';
import { freeRange } from '../../scripts/dev/ports.ts';
import { ownHeaders } from '../../templates/security-headers.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { newVisitor, startBrowser, visitPage } from '../support/browser/browser.ts';
import { startEdge, startTenant, type Tenant, type TestEdge } from '../support/proxy/edge.ts';
import { type Recorder, startRecorder } from './recorder.ts';
import { scripts, send, sendings } from './attempts.ts';
import { arrived, tenantSite } from './tenant-site.ts';

interface Place {
  edge: TestEdge;
  /** What the api was sent. */
  recorder: Recorder;
  url: string;
  /** Of the port that is meant for SSH, and leads to a web server. */
  sshUrl: string;
}

let api: TestApi;
let site: Tenant;
let browser: Browser;
/** As it is, and without the sandbox and all else. */
let guarded: Place;
let open: Place;
const sshPage = createServer((request, response) => {
  arrived.push({ url: `ssh:${request.url}`, headers: request.headers });
  response.end('a page');
});

const session = { name: 'webhoster_session', value: 'secret' };
const planted = 'a token';

test.before(async (t) => {
  t.timeout(120_000);
  [api, site, browser] = await Promise.all([startApi(), startTenant(tenantSite), startBrowser()]);
  sshPage.listen(0, '127.0.0.1');
  await once(sshPage, 'listening');
  guarded = await startPlace([]);
  open = await startPlace([...Object.keys(ownHeaders).map((name) => name.toLowerCase()), 'content-security-policy']);
  const { directory } = open.edge;
  edit(join(directory, 'site.conf'), /^(?:add_header|proxy_hide_header|js_header_filter|proxy_set_header) .*/gm);
  edit(join(directory, 'nginx.conf'), /(?:js_filter|add_header) .*;|include own-answers\.conf;/g);
  await open.edge.reload();
});
test.after.always(async () => {
  await browser.close();
  for (const { edge, recorder } of [guarded, open]) await Promise.all([edge.stop(), recorder.stop()]);
  await Promise.all([site.stop(), api.stop(), once(sshPage.close(), 'close')]);
});

/** @param without headers of the api that are taken away */
async function startPlace(without: string[]): Promise<Place> {
  const recorder = await startRecorder({ target: api.url, without });
  const sshPort = await freeRange(1);
  const edge = await startEdge({ apiPort: recorder.port, sites: {}, sshPorts: { first: sshPort } });
  const { port } = sshPage.address() as AddressInfo;
  edge.setSite(1, { web: site.port, ssh: { port, at: sshPort } });
  return { edge, recorder, url: `http://localhost:${edge.httpPort}`, sshUrl: `http://localhost:${sshPort}/` };
}

function edit(file: string, away: RegExp): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(away, ''));
}

/** A visitor who is logged in, with a tenant's page open. */
async function visit({ url }: Place): Promise<Page> {
  const { context } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, `${url}/api/v1/health`);
  await page.evaluate(`localStorage.setItem('webhoster', '${planted}')`);
  // As the interface will set it, beside one that scripts may read.
  await context.addCookies([
    { ...session, url, httpOnly: true, sameSite: 'Strict' },
    { name: 'language', value: 'ko', url },
  ]);
  await visitPage(page, `${url}/1/`);
  return page;
}

for (const [name, script] of Object.entries(scripts)) {
  test.serial(`a tenant’s page ${name}: not here`, async (t) => {
    t.timeout(60_000);
    const page = await visit(guarded);
    t.is(await page.title(), 'hostile');
    t.true(await page.evaluate('ran'), 'its own scripts run');
    await t.throwsAsync(page.evaluate(script));
    await page.context().close();
    const control = await visit(open);
    t.truthy(await control.evaluate(script), 'it can succeed');
    await control.context().close();
  });
}

for (const [name, sending] of Object.entries(sendings)) {
  test.serial(`the visitor’s login does not come along with ${name}`, async (t) => {
    t.timeout(60_000);
    for (const place of [guarded, open]) {
      const page = await visit(place);
      place.recorder.requests.length = 0;
      await send(page, sending);
      const sent = place.recorder.requests.filter(({ url }) => url.includes('attempt'));
      t.is(sent.length, 1);
      for (const { method, headers, status } of sent) {
        t.is(String(headers.cookie).includes(session.value), place === open, headers.cookie);
        if (method === 'POST') t.is(status === 403, place === guarded, String(status));
      }
      await page.context().close();
    }
  });
}

test.serial('a tenant’s answer sets no cookie outside of its path', async (t) => {
  t.timeout(60_000);
  for (const place of [guarded, open]) {
    const page = await visit(place);
    await visitPage(page, `${place.url}/1/tossed`);
    const cookies = await page.context().cookies(`${place.url}/docs`);
    const values = cookies.map(({ name, value }) => `${name}=${value}`).toSorted();
    const untouched = ['language=ko', 'webhoster_session=secret'];
    t.deepEqual(values, place === guarded ? untouched : ['bloat=1', 'language=ko', 'webhoster_session=tossed']);
    await page.context().close();
  }
});

test.serial('a tenant’s answer does not clear what the visitor has', async (t) => {
  t.timeout(60_000);
  for (const place of [guarded, open]) {
    const page = await visit(place);
    await visitPage(page, `${place.url}/1/cleared`);
    await visitPage(page, `${place.url}/docs`);
    const cookies = await page.context().cookies(place.url);
    t.is(cookies.length, place === guarded ? 2 : 0);
    t.is(await page.evaluate(`localStorage.getItem('webhoster')`), place === guarded ? planted : null);
    await page.context().close();
  }
});

test.serial('what the browser has of the interface is not sent to a tenant', async (t) => {
  t.timeout(60_000);
  for (const place of [guarded, open]) {
    arrived.length = 0;
    const page = await visit(place);
    t.is(arrived.length > 0 && JSON.stringify(arrived).includes(session.value), place === open);
    await page.context().close();
  }
});

test.serial('a web server behind an SSH port is sent nothing, and shows nothing', async (t) => {
  t.timeout(60_000);
  for (const place of [guarded, open]) {
    const page = await visit(place);
    arrived.length = 0;
    const gone = visitPage(page, place.sshUrl);
    if (place === guarded) await t.throwsAsync(gone);
    else await gone;
    const requested = arrived.filter(({ url }) => url.startsWith('ssh:'));
    t.is(requested.length > 0 && JSON.stringify(requested).includes(session.value), place === open);
    t.is(requested.length > 0, place === open);
    await page.context().close();
  }
});

test.serial('a usual site works: modules, data, links, forms and a cookie', async (t) => {
  t.timeout(60_000);
  const page = await visit(guarded);
  await visitPage(page, `${guarded.url}/1/usual/`);
  await page.waitForFunction(`document.title === 'module and data'`);
  arrived.length = 0;
  await Promise.all([page.waitForURL(/next/), page.evaluate(`location.assign('next')`)]);
  t.is(await page.title(), 'next');
  t.deepEqual(
    arrived.map(({ url, headers }) => [url, headers.cookie]),
    [['/usual/next', 'visits=1']],
  );
  await page.context().close();
});
