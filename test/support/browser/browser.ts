import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium without all that is for windows; as root it has no sandbox of its own. @param more arguments of its command */
export function startBrowser(more: string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: [...args, ...more] });
}

/** All of Debian's Chromium, as people have it: with the viewer of documents, and slower. */
export function startWholeBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}

/** A visitor of one's own, and what broke a Content-Security-Policy in its pages so far. */
export async function newVisitor(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; violations: string[] }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  context.setDefaultTimeout(30_000);
  const violations: string[] = [];
  await context.exposeBinding('tellViolation', (_source, text: string) => void violations.push(text));
  await context.addInitScript(`document.addEventListener('securitypolicyviolation', (event) =>
    tellViolation([event.effectiveDirective, event.blockedURI, event.sourceFile].join(' ')));`);
  return { context, violations };
}

/** How Chromium says that it let go of all, and that its page about that, or what it tries again, came in between. */
const lostNetwork = /ERR_NETWORK_CHANGED|interrupted by another navigation/;

/** Opens an address, again where another program on this machine has just made a network: Chromium then lets go of all. */
export async function visitPage(page: Page, url: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await page.goto(url);
      return;
    } catch (error) {
      if (tries === 5 || !lostNetwork.test((error as Error).message)) throw error;
    }
  }
}
