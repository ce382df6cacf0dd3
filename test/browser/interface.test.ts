// How every page of the interface looks: for axe-core, in both colour schemes and languages, from 320 pixels to wide.
// Leaves pictures in artefacts/screenshots.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import { siteNameLabel } from '../../api/accounts/site-name-rules.ts';
import { reportMachines } from '../../api/health/machines.ts';
import { machineOf } from '../support/api/machine.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { hostingStates } from '../support/api/hosting-states.ts';
import { certify, failingAuthority, hostStates } from '../support/api/host-states.ts';
import { beatAs } from '../support/api/heartbeat.ts';
import {
  assertNamed,
  type ColorScheme,
  complaintsOfAxe,
  openPage,
  overflow,
  type PageLanguage,
  startInterface,
  type TestInterface,
} from '../support/browser/interface.ts';
import { passwordHash } from '../support/api/fixtures.ts';

const pictures = join(import.meta.dirname, '../../artefacts/screenshots');

interface Looked {
  width: number;
  scheme: ColorScheme;
  /** Whether axe-core looks too; what fits is looked at always. */
  axe?: true;
}

/** How each page is looked at in each language: both colour schemes wide and narrow, all widths. */
const looks: Record<PageLanguage, Looked[]> = {
  ko: [
    { width: 1440, scheme: 'light', axe: true },
    { width: 375, scheme: 'dark' },
    { width: 320, scheme: 'dark', axe: true },
  ],
  en: [
    { width: 1440, scheme: 'dark', axe: true },
    { width: 375, scheme: 'light' },
    { width: 320, scheme: 'light', axe: true },
  ],
};

let site: TestInterface;
const accounts: Record<string, Account> = {};
let stopBeat: (() => Promise<void>) | undefined;

test.before(async (t) => {
  t.timeout(180_000);
  mkdirSync(pictures, { recursive: true });
  site = await startInterface();
  const states = { ...hostingStates, ...hostStates };
  for (const [state, make] of Object.entries(states)) accounts[state] = await make(site.api);
  const certified = {
    stopped: 'pending',
    restarting: 'active',
    domains: 'not renewed',
    uncertified: 'failed',
  } as const;
  await certify(site.api, accounts, certified);
  await failingAuthority(site.api);
  await site.api.models.User.update(
    { username: 'gildong', email: 'gildong@example.com' },
    { where: { id: accounts['running']?.id ?? 0 } },
  );
  // The longest in both forms.
  const routedHost = `${siteNameLabel('삪궄냇무뫢쩚섗췊각꿿뇅엒쪤얓춖훽')}.localhost`;
  await site.api.models.Hosting.update({ routedHost }, { where: { userId: accounts['running']?.id ?? 0 } });
  const operator = await makeAccount(site.api);
  await site.api.models.User.update({ role: 'operator', username: 'operator' }, { where: { id: operator.id } });
  const suspended = await makeAccount(site.api, passwordHash);
  const suspensionReason = '다른 사람에게 스팸 메일을 보냈습니다. Please write to us. ' + 'x'.repeat(60);
  const names = { username: 'W'.repeat(32), email: 'suspended@example.com' };
  const ofSuspended = { ...names, suspendedAt: new Date(), suspensionReason };
  await site.api.models.User.update(ofSuspended, { where: { id: suspended.id } });
  accounts['suspended'] = suspended;
  accounts['operator'] = operator;
  stopBeat = await beatAs(site.api.services.redis, 'qemu');
  const { vmId } = await machineOf(site.api.stores.database, accounts['running']?.id ?? 0);
  const usage = { vmId, memoryBytes: 312e6, processorSeconds: 40, diskBytes: 73e6 };
  await reportMachines(site.api.services.redis, 'node-qemu', () => Promise.resolve([usage]));
});
test.after.always(async () => {
  await stopBeat?.();
  await site.stop();
});

interface Scene {
  path: string;
  /** Whose id it ends with. */
  about?: string;
  /** Whose it is. */
  account?: string;
  status?: number;
  /** What leads to it, once the page is open. */
  act?: (page: Page) => Promise<void>;
}

const submit = (page: Page) => page.locator('main form button.main').click();

const scenes: Record<string, Scene> = {
  start: { path: '/' },
  'sign-up': { path: '/signup' },
  'sign-up-refused': {
    path: '/signup',
    act: async (page) => {
      await page.fill('#email', 'gildong@example.com');
      await page.fill('#username', 'gildong');
      await page.fill('#password', 'password');
      await submit(page);
      await page.locator('#password-error').waitFor();
    },
  },
  'log-in': { path: '/login?over=1' },
  'log-in-suspended': {
    path: '/login',
    act: async (page) => {
      await page.fill('#email', 'suspended@example.com');
      await page.fill('#password', 'secure123');
      await submit(page);
      await page.locator('blockquote').waitFor();
    },
  },
  goodbye: { path: '/goodbye' },
  missing: { path: '/nowhere', status: 404 },
  account: { path: '/account', account: 'empty', act: (page) => page.locator('summary').click() },
  'account-names-refused': {
    path: '/account',
    account: 'empty',
    act: async (page) => {
      await page.fill('#site_name', 'www');
      await page.locator('form[action="/account/names"] button').click();
      await page.locator('#site_name-error').waitFor();
    },
  },
  'hosting-empty': { path: '/hosting', account: 'empty', act: (page) => page.locator('summary').click() },
  'hosting-creating': { path: '/hosting', account: 'creating' },
  'hosting-running': {
    path: '/hosting',
    account: 'running',
    act: (page) => page.frameLocator('#preview').locator('h1').waitFor(),
  },
  'hosting-running-delete': {
    path: '/hosting',
    account: 'running',
    act: async (page) => {
      await page.locator('#delete summary').click();
      await page.fill('#delete-name', 'somebody');
      await page.locator('#delete button.bad').click();
      await page.locator('#delete-name-error').waitFor();
    },
  },
  'hosting-domains': {
    path: '/hosting',
    account: 'domains',
    act: async (page) => {
      // What is folded away is to fit and be read too.
      await page.evaluate(`document.querySelectorAll('.domains details').forEach((one) => one.open = true)`);
      await page.fill('#domain-name', 'localhost');
      await page.locator('#add-domain button').click();
      await page.locator('#domain-name-error').waitFor();
    },
  },
  'hosting-uncertified': { path: '/hosting', account: 'uncertified' },
  'hosting-stopped': { path: '/hosting', account: 'stopped' },
  'hosting-asleep': { path: '/hosting', account: 'asleep' },
  'hosting-restarting': { path: '/hosting', account: 'restarting' },
  'hosting-failed': { path: '/hosting', account: 'failed', act: (page) => page.locator('summary').first().click() },
  // With certificates that cannot be had.
  'operator-node': { path: '/operator', account: 'operator' },
  'operator-users': { path: '/operator/users', account: 'operator' },
  'operator-user': {
    path: '/operator/users/',
    about: 'running',
    account: 'operator',
    act: async (page) => {
      for (const id of ['suspend', 'role-operator', 'log-out']) await page.locator(`#${id} summary`).click();
    },
  },
  'operator-user-suspended': {
    path: '/operator/users/',
    about: 'suspended',
    account: 'operator',
    act: (page) => page.locator('#resume summary').click(),
  },
  'operator-user-failed': {
    path: '/operator/users/',
    about: 'failed',
    account: 'operator',
    act: (page) => page.locator('[id^="told-"] summary').click(),
  },
  'operator-hostings': {
    path: '/operator/hostings',
    account: 'operator',
    act: (page) => page.locator('summary').first().click(),
  },
  'operator-operations': { path: '/operator/operations', account: 'operator' },
};

async function visit(t: ExecutionContext, name: string, language: PageLanguage): Promise<void> {
  const { path, about = '', account, status = 200, act } = scenes[name] ?? { path: '' };
  const owner = account === undefined ? undefined : accounts[account];
  const { page, context, faults } = await openPage(site, { language, ...(owner && { account: owner }) });
  const response = await page.goto(`${site.url}${path}${accounts[about]?.id ?? ''}`);
  t.is(response?.status(), status);
  await act?.(page);
  await assertNamed(t, page, language);
  for (const look of looks[language]) await lookAt(t, page, { ...look, name, language });
  t.deepEqual(faults, []);
  await context.close();
}

async function lookAt(
  t: ExecutionContext,
  page: Page,
  { width, scheme, axe, name, language }: Looked & { name: string; language: PageLanguage },
): Promise<void> {
  const what = `${name}-${width}-${scheme}-${language}`;
  await page.setViewportSize({ width, height: width > 1000 ? 900 : 800 });
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  t.deepEqual(await overflow(page), [], what);
  if (axe) t.deepEqual(await complaintsOfAxe(page), [], what);
  await page.screenshot({ path: join(pictures, `${what}.png`), fullPage: true });
}

for (const name of Object.keys(scenes)) {
  test.serial(`${name}: accessible, and fits, whatever the width, colours and language`, async (t) => {
    t.timeout(180_000);
    for (const language of ['ko', 'en'] as const) await visit(t, name, language);
  });
}

test.serial('who is logged in is named in the header, however long the name, and whatever the width', async (t) => {
  const account = await makeAccount(site.api);
  const username = 'W'.repeat(32);
  await site.api.models.User.update({ username, role: 'operator' }, { where: { id: account.id } });
  for (const language of ['ko', 'en'] as const) {
    const { page, context } = await openPage(site, { language, account, width: 320 });
    await page.goto(`${site.url}/account`);
    for (const width of [320, 375, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      t.deepEqual(await overflow(page), [], `${width} ${language}`);
      t.true((await page.locator('header .who').textContent())?.includes(username));
      const out = await page.locator('header form[action="/logout"]').boundingBox();
      t.true(out && out.height < 50, 'the way out is one line');
    }
    t.deepEqual(await complaintsOfAxe(page), []);
    await context.close();
  }
});

test.serial('what axe-core is for is noticed, and what is too wide', async (t) => {
  const { page, context } = await openPage(site, { width: 320 });
  await page.goto(`${site.url}/login`);
  await page.evaluate(`document.querySelector('label').remove()`);
  t.regex((await complaintsOfAxe(page)).join(), /label: #email/);
  await page.evaluate(`const wide = document.createElement('canvas');
    wide.width = 900;
    document.querySelector('h1').append(wide)`);
  t.is((await overflow(page))[0], 'the page');
  await page.evaluate(`document.querySelector('canvas').remove()
    document.querySelector('#email').style.width = '105%'`);
  t.regex((await overflow(page)).join(), /\binput\b/);
  await context.close();
});
