// A real one: what users put behind their site's host, and visitors do with it in a browser.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { Browser, Page } from 'playwright-core';
import { newVisitor, startWholeBrowser, visitPage } from '../support/browser/browser.ts';
import { askServiceWorker, echo, logIn, serviceWorker, type Uploaded, upload } from '../support/browser/site-use.ts';
import { asRoot, type Credential } from '../support/guest/guest.ts';

const folder = join(import.meta.dirname, 'used-site');
const bytes = 90_000_000;

/** Puts a program behind the machine's nginx, with pages beside it, and leaves `index.html` as it is. */
export async function serveUsedSite(port: number, credential: Credential): Promise<void> {
  const [program, settings] = ['site.py', 'nginx.conf'].map((name) => readFileSync(join(folder, name), 'utf8'));
  const files = {
    '/home/ubuntu/site.py': program,
    '/etc/nginx/sites-available/default': settings,
    '/var/www/html/worker.js': serviceWorker,
  };
  const writing = Object.entries(files).map(([path, text]) => `cat >${path} <<'END-OF-FILE'\n${text}\nEND-OF-FILE`);
  const start = 'systemd-run --quiet --unit=site --property=User=ubuntu python3 /home/ubuntu/site.py';
  const answers = 'curl --silent --retry 60 --retry-delay 1 --retry-connrefused http://127.0.0.1:8000/members';
  await asRoot(port, credential, [...writing, start, answers, 'systemctl reload nginx'].join('\n'));
}

/** Visits the site at its host, where all of it works, and in the sandbox, where what needs an origin does not. */
export async function useSite(t: ExecutionContext, addresses: { host: string; sandboxed: string }): Promise<void> {
  const browser = await startWholeBrowser();
  try {
    const page = await visit(browser, `${addresses.host}/`);
    t.is(await page.evaluate(askServiceWorker), 'by the worker');
    t.is(await page.evaluate(echo('안녕하세요')), '안녕하세요');
    const { told, ...whole } = await page.evaluate<Uploaded>(upload(bytes));
    t.is(told.length, bytes);
    t.deepEqual(told, whole);
    t.is(await logIn(page, addresses.host), 'member: gildong');
    const inSandbox = await visit(browser, `${addresses.sandboxed}/`);
    t.regex(await inSandbox.content(), /mine/, 'it is the same site');
    await t.throwsAsync(inSandbox.evaluate(askServiceWorker), { message: /service ?worker|sandbox/i });
    t.is(await logIn(inSandbox, addresses.sandboxed), 'member: nobody');
  } finally {
    await browser.close();
  }
}

async function visit(browser: Browser, address: string): Promise<Page> {
  const { context } = await newVisitor(browser);
  const page = await context.newPage();
  await visitPage(page, address);
  return page;
}
