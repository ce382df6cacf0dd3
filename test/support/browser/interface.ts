// The interface before a browser: the api, the proxy, and a web server that stands for everybody's machine.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ExecutionContext } from 'ava';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { renderWelcome } from '../../../templates/welcome.ts';
import { startApi, type TestApi } from '../api/api.ts';
import { newVisitor, startBrowser } from './browser.ts';
import type { Account } from '../api/calls.ts';
import { startEdge, startTenant, type TestEdge } from '../proxy/edge.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface TestInterface {
  api: TestApi;
  edge: TestEdge;
  browser: Browser;
  url: string;
  stop: () => Promise<void>;
}

/** @param users how many have a site, from id 1 */
export async function startInterface(users = 60): Promise<TestInterface> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const api = await startApi();
    stops.push(api.stop);
    const page = renderWelcome({ username: 'gildong', vmId: 'vm-00000001' });
    const tenant = await startTenant((_request, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end(page);
    });
    stops.push(tenant.stop);
    const sites = Object.fromEntries(Array.from({ length: users }, (_, index) => [index + 1, tenant.port]));
    const edge = await startEdge({ apiPort: Number(new URL(api.url).port), sites });
    stops.push(edge.stop);
    const browser = await startBrowser();
    stops.push(() => browser.close());
    return { api, edge, browser, url: `http://localhost:${edge.httpPort}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export type ColorScheme = 'light' | 'dark';
export type PageLanguage = 'ko' | 'en';

export interface Look {
  scheme?: ColorScheme;
  language?: PageLanguage;
  width?: number;
  javaScript?: boolean;
  account?: Account;
}

export interface OpenedPage {
  page: Page;
  context: BrowserContext;
  /** What broke the policy, and what failed in a script. */
  faults: string[];
}

/** A page of a visitor of one's own. */
export async function openPage({ browser, url }: TestInterface, look: Look = {}): Promise<OpenedPage> {
  const { scheme = 'light', language = 'en', width = 1440, javaScript = true, account } = look;
  const { context, violations: faults } = await newVisitor(browser, { javaScriptEnabled: javaScript });
  const cookie = (name: string, value: string) => ({ name, value, url });
  await context.addCookies([
    cookie('webhoster-language', language),
    ...(account ? [cookie('webhoster-session', account.refreshToken)] : []),
  ]);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(error.message));
  await page.setViewportSize({ width, height: width > 1000 ? 900 : 800 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  return { page, context, faults };
}

/** Tells what axe-core finds against WCAG 2.2 AA and what is good practice. What a tenant's page is like, in its frame, is not ours. @param foreign what is not looked at */
export async function complaintsOfAxe(page: Page, foreign = 'iframe'): Promise<string[]> {
  await page.evaluate(axeSource);
  const results = await page.evaluate<AxeResults>(
    `axe.run({ exclude: ['${foreign}'] }, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })`,
  );
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** What is wider than what it is in, and so lies over its neighbours or beside the window. */
export async function overflow(page: Page): Promise<string[]> {
  const script = `
    const found = [...document.querySelectorAll('body *')].filter((element) => {
      const { position, overflowX, display } = getComputedStyle(element);
      const [own, box] = [element, element.parentElement].map((one) => one.getBoundingClientRect());
      const isIn = own.width > 1 && position !== 'absolute' && position !== 'fixed' && getComputedStyle(element.parentElement).overflowX === 'visible';
      const sticksOut = own.right > box.right + 1;
      const isTooFull = display !== 'inline' && overflowX === 'visible' && element.scrollWidth > element.clientWidth + 1;
      return isIn && (sticksOut || isTooFull);
    });
    const { scrollWidth, clientWidth } = document.documentElement;
    const names = found.map((one) => [one.localName, one.getAttribute('class'), one.textContent.trim().slice(0, 30)].join(' '));
    scrollWidth > clientWidth ? ['the page', ...names] : names`;
  return page.evaluate(script);
}

/** The page's title, heading and language are told to those who hear it. */
export async function assertNamed(t: ExecutionContext, page: Page, language: PageLanguage): Promise<void> {
  t.is(await page.locator('html').getAttribute('lang'), language);
  t.is(await page.locator('h1').count(), 1);
  t.regex(await page.title(), /.+ · Webhoster$/);
}
