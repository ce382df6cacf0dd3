// Every form of the interface: where it stands, what is filled in, and what shows that it has done what it says.
import type { Page } from 'playwright-core';
import { hashPassword } from '../../api/accounts/passwords.ts';
import type { TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { hostingStates } from '../support/api/hosting-states.ts';

export interface Form {
  /** Who sends it; nobody who is logged in where it is left out. */
  sender?: (api: TestApi) => Promise<Account>;
  /** Where it stands, and where it goes, with * for an id; `about` is the user of an operator's page, otherwise the sender. */
  page: (about: Account) => string;
  action: (about: Account) => string;
  /** What makes it possible. */
  prepare?: (api: TestApi, about: Account) => Promise<unknown>;
  fill?: (page: Page, about: Account) => Promise<void>;
  /** What its answer shows. */
  shows: string;
  /** What whoever its answer did not reach finds on the page, where that is something else. */
  found?: string;
}

export const password = 'correct horse battery';
const withPassword = async (api: TestApi) => makeAccount(api, await hashPassword(password));
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbn6zVTWwmJdVN4ipbi0trLbdKE9rShxUZMmdhhP5Mn me@laptop';

async function operator(api: TestApi): Promise<Account> {
  const account = await makeAccount(api);
  await api.models.User.update({ role: 'operator' }, { where: { id: account.id } });
  return account;
}

const fixed = (text: string) => () => text;
const logIn = 'form[action="/login"]';
const createButton = 'button.huge';

/** A form of the hosting's page. */
function onHosting(action: string, rest: Omit<Form, 'page' | 'action'>): Form {
  return { sender: hostingStates.running, page: fixed('/hosting'), action: fixed(action), ...rest };
}

/** A form of an operator's page of a user, in a question of its own. */
function onUser(action: string, rest: Pick<Form, 'fill' | 'shows' | 'prepare'>, question = action): Form {
  return {
    sender: operator,
    page: ({ id }) => `/operator/users/${id}`,
    action: ({ id }) => `/operator/users/${id}/${action}`,
    ...rest,
    fill: async (page, about) => {
      await page.locator(`#${question} > summary`).click();
      await rest.fill?.(page, about);
    },
  };
}

const onAccount = { sender: withPassword, page: fixed('/account') };

export const forms: Record<string, Form> = {
  'sign up': {
    page: fixed('/signup'),
    action: fixed('/signup'),
    fill: async (page, { email }) => {
      await page.fill('#email', `new-${email}`);
      await page.fill('#username', '김민수');
      await page.fill('#password', password);
    },
    shows: createButton,
    found: 'form[action="/signup"]',
  },
  'log in': {
    page: fixed('/login'),
    action: fixed('/login'),
    fill: async (page, { email }) => {
      await page.fill('#email', email);
      await page.fill('#password', password);
    },
    shows: createButton,
    found: logIn,
  },
  'log out': { ...onAccount, action: fixed('/logout'), shows: 'header a[href="/login"]', found: logIn },
  'change names': {
    ...onAccount,
    action: fixed('/account/names'),
    fill: (page) => page.fill('#username', '새 이름'),
    shows: 'dd:text-is("새 이름")',
  },
  'change the password': {
    ...onAccount,
    action: fixed('/account/password'),
    fill: async (page) => {
      await page.fill('#current_password', password);
      await page.fill('#new_password', `${password} staple`);
    },
    shows: '.alert.good',
    found: 'form[action="/account/password"]',
  },
  'log out everywhere': { ...onAccount, action: fixed('/account/log-out-everywhere'), shows: logIn },
  'delete the account': {
    ...onAccount,
    action: fixed('/account/delete'),
    fill: async (page) => {
      await page.locator('.danger summary').click();
      await page.fill('#delete-password', password);
    },
    shows: 'a[href="/signup"]',
    found: logIn,
  },
  'change the language': { ...onAccount, action: fixed('/language'), shows: 'html[lang=en]', found: 'html' },
  create: onHosting('/hosting', { sender: makeAccount, shows: '#ssh-password', found: '.steps' }),
  start: onHosting('/hosting/start', { sender: hostingStates.stopped, shows: '.steps' }),
  stop: onHosting('/hosting/stop', { shows: '.steps' }),
  restart: onHosting('/hosting/restart', { shows: '.steps' }),
  'keep it awake': onHosting('/hosting/sleep', { shows: '[name=sleep][value=auto]' }),
  'another password': onHosting('/hosting/password', {
    fill: (page) => page.locator('#renew summary').click(),
    shows: '#ssh-password',
    found: '.keys-state:not(:empty)',
  }),
  'add a key': onHosting('/hosting/keys', {
    fill: (page) => page.fill('#key-text', key),
    shows: '.keys strong:text-is("me@laptop")',
  }),
  'remove a key': onHosting('/hosting/keys/*/remove', { shows: '.keys li:last-child button[disabled]' }),
  'add a domain': onHosting('/hosting/domains', {
    fill: (page) => page.fill('#domain-name', '새가게.kr'),
    shows: '.domains strong:text-is("새가게.kr")',
  }),
  'check a domain': onHosting('/hosting/domains/*/check', { shows: '.domains li:last-child .keys-state' }),
  'remove a domain': onHosting('/hosting/domains/*/remove', {
    fill: (page) => page.locator('.domains li:last-child .actions summary').click(),
    shows: '.domains ul.keys:not(:has(> li:nth-child(2)))',
  }),
  'put the password away': onHosting('/hosting/password-kept', {
    fill: async (page) => {
      await page.locator('#renew summary').click();
      await page.locator('form[action="/hosting/password"] button').click();
      await page.locator('#ssh-password').waitFor();
    },
    shows: '#secret:not(:has(#secret-box))',
    found: '#ssh-password',
  }),
  'delete the hosting': onHosting('/hosting/delete', {
    fill: async (page, { siteName }) => {
      await page.locator('#delete summary').click();
      await page.fill('#delete-name', siteName);
    },
    shows: '.steps',
  }),
  suspend: onUser('suspend', { fill: (page) => page.fill('#suspend-reason', '스팸'), shows: '#resume' }),
  resume: onUser('resume', {
    prepare: (api, { id }) => api.models.User.update({ suspendedAt: new Date() }, { where: { id } }),
    shows: '#suspend',
  }),
  'make an operator': onUser('role', { shows: '#role-user' }, 'role-operator'),
  'make a user again': onUser(
    'role',
    {
      prepare: (api, { id }) => api.models.User.update({ role: 'operator' }, { where: { id } }),
      shows: '#role-operator',
    },
    'role-user',
  ),
  'log a user out': onUser('log-out', { shows: '[aria-labelledby="sessions-title"] .muted' }),
};
