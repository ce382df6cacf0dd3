// The one-time password on the page of the hosting: for how long, for whom, and another one.
import test from 'ava';
import type { OperationFailure } from '../../api/models/operation.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, makeAccount } from '../support/api/calls.ts';
import { endLatest, makeHosting } from '../support/api/operations.ts';
import { live, PageVisitor } from '../support/api/page-visitor.ts';
import { key } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

/** Does what a worker does with the latest operation. */
const work = (account: Account, error?: OperationFailure) => endLatest(api.stores.database, account.id, error);

const passwordIn = (text: string) => /<code id="ssh-password">([^<]{23})<\/code>/.exec(text)?.[1];

test('one button creates; the password stays until its user says that they have it', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  t.regex((await visitor.get('/hosting')).text, /<form method="post" action="\/hosting"[^]*Create my hosting/);
  const created = await visitor.post('/hosting');
  t.is(created.location, '/hosting');
  const first = await visitor.get('/hosting');
  t.is(first.headers.get('cache-control'), 'no-store');
  t.regex(first.text, /<noscript><meta http-equiv="refresh" content="3"><\/noscript>[^]*Creating your hosting/);
  const password = passwordIn(first.text) ?? '';
  t.is(password.length, 23);
  await work(account);
  await visitor.get('/account');
  await visitor.post('/language', { form: { language: 'ko', back: '/hosting' } });
  t.is(passwordIn((await visitor.get('/hosting')).text), password, 'another page and another language');
  const [cookie = ''] = created.cookies;
  t.regex(cookie, /^webhoster-password=[\w-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
  t.false(Buffer.from(visitor.cookie('webhoster-password') ?? '', 'base64url').includes(password));
  t.is(passwordIn((await PageVisitor.as(api, account).get('/hosting')).text), undefined, 'another browser');
  const other = await makeAccount(api);
  await makeHosting(api.stores.database, other.id);
  const thief = PageVisitor.as(api, other);
  thief.setCookie('webhoster-password', visitor.cookie('webhoster-password') ?? '');
  t.is(passwordIn((await thief.get('/hosting')).text), undefined, 'another user with the cookie');
  await visitor.post('/hosting/password-kept', { form: { operation: 'of a page from before' } });
  const { text } = await visitor.get('/hosting');
  t.is(passwordIn(text), password, 'another one was put away');
  const [, operation = ''] = /name="operation" value="([\w-]+)"/.exec(text) ?? [];
  t.is((await visitor.post('/hosting/password-kept', { form: { operation } })).location, '/hosting');
  t.is(visitor.cookie('webhoster-password'), undefined);
  t.is(passwordIn((await visitor.get('/hosting')).text), undefined);
  t.false(api.log().includes(password));
});

test('a create that failed leaves no password, and none of before comes back', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await visitor.post('/hosting');
  t.truthy(passwordIn((await visitor.get('/hosting')).text));
  await work(account, { code: 'VM_NOT_READY', status: 504, message: 'x' });
  t.is(passwordIn((await visitor.get('/hosting')).text), undefined);
  await visitor.post('/hosting', { form: { ssh_public_keys: key } });
  await work(account);
  t.is(visitor.cookie('webhoster-password'), undefined);
  t.is(passwordIn((await visitor.get('/hosting')).text), undefined);
});

test('another password: also for a machine that was made with a key; one that was not set is not shown', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await visitor.post('/hosting', { form: { ssh_public_keys: key } });
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /Only SSH keys open this server/);
  t.is((await visitor.post('/hosting/password')).location, '/hosting');
  const page = (await visitor.get('/hosting')).text;
  const password = passwordIn(page);
  t.truthy(password);
  t.regex(page, /<iframe id="preview"[^]*Setting your new password…/, 'the site stays');
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /The one that you were shown gets you in/);
  const next = await visitor.post('/hosting/password', { headers: live });
  t.is(next.headers.get('hx-retarget'), '#secret');
  t.not(passwordIn(next.text), password);
  await work(account, { code: 'AGENT_UNREACHABLE', status: 504, message: 'x' });
  const failed = (await visitor.get('/hosting')).text;
  t.regex(failed, /Your new password could not be set[^]*restart the server/);
  t.is(passwordIn(failed), undefined);
});

test('what comes after the password leaves it where it is: a second click, another action, a failure', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const created = await visitor.post('/hosting', { headers: live });
  t.is(created.headers.get('hx-retarget'), '#secret');
  t.truthy(passwordIn(created.text));
  const again = await visitor.post('/hosting', { headers: live });
  t.is(again.status, 409);
  await work(account);
  const wrong = await visitor.post('/hosting/keys', { headers: live, form: { public_key: 'nonsense' } });
  const stopped = await visitor.post('/hosting/stop', { headers: live });
  for (const { headers, text } of [again, wrong, stopped]) {
    t.is(headers.get('hx-retarget'), '#panel');
    t.notRegex(text, /id="(?:secret|panel)"/);
  }
  const failed = await visitor.post('/hosting/stop', { headers: { ...live, Origin: 'null' } });
  t.is(failed.status, 403);
  t.is(failed.headers.get('hx-retarget'), '#trouble');
  t.regex(failed.text, /^<div class="alert bad" role="alert"[^>]*><p>This request came from another site/);
});

test('the only way into a machine is not taken away unasked', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await visitor.post('/hosting', { form: { ssh_public_keys: key } });
  await work(account);
  const asks = /<details id="remove-[^]*It is the only key[^]*action="\/hosting\/keys\/[\w-]+\/remove"[^]*<\/details>/;
  t.regex((await visitor.get('/hosting')).text, asks);
  await visitor.post('/hosting/password');
  await work(account);
  t.notRegex((await visitor.get('/hosting')).text, /It is the only key/);
});
