// The page of the hosting, from the empty one to the deleted one, with and without JavaScript.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import test from 'ava';
import type { OperationFailure } from '../../api/models/operation.ts';
import { requestSleep } from '../../api/operations/sleep.ts';
import { recordStep } from '../../api/operations/claim.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call, makeAccount } from '../support/api/calls.ts';
import { hostingStates } from '../support/api/hosting-states.ts';
import { claim, endAsAsked, endLatest, makeHosting, queueCreate } from '../support/api/operations.ts';
import { live, PageVisitor } from '../support/api/page-visitor.ts';
import { key } from '../support/api/fixtures.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

/** Does what a worker does with the latest operation. */
const work = (account: Account, error?: OperationFailure) => endLatest(api.stores.database, account.id, error);

test('while keys are applied visitors see the site, and the page says so', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await makeHosting(api.stores.database, account.id);
  await visitor.post('/hosting/keys', { form: { public_key: key } });
  const { text } = await visitor.get('/hosting');
  t.regex(text, /<iframe id="preview"/);
  t.regex(text, /<a id="web-url"/);
  t.notRegex(text, /It is off/);
});

test('a key that did not arrive says so, and can be sent again; so can one that did not go', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await makeHosting(api.stores.database, account.id);
  const error = { code: 'AGENT_UNREACHABLE', status: 504, message: 'x' };
  await visitor.post('/hosting/keys', { form: { name: 'laptop', public_key: key } });
  t.regex((await visitor.get('/hosting')).text, /On its way/);
  await work(account, error);
  const stuck = (await visitor.get('/hosting')).text;
  t.regex(stuck, /Not on your server yet/);
  t.regex(stuck, /aria-label="Remove the key laptop">/);
  const [, name = '', sent = ''] =
    /name="name" value="([^"]+)"><input type="hidden" name="public_key" value="([^"]+)"/.exec(stuck) ?? [];
  t.is((await visitor.post('/hosting/keys', { form: { name, public_key: sent } })).location, '/hosting');
  await work(account);
  const listed = (await visitor.get('/hosting')).text;
  t.regex(listed, /<strong>laptop<[^]*On your server/);
  t.notRegex(listed, /Try again to add/);
  const [, path = ''] = /action="(\/hosting\/keys\/[\w-]+\/remove)"/.exec(listed) ?? [];
  await visitor.post(path);
  t.regex((await visitor.get('/hosting')).text, /Being removed[^]*aria-label="Remove the key laptop" disabled/);
  await work(account, error);
  t.regex((await visitor.get('/hosting')).text, /Still on your server[^]*aria-label="Remove the key laptop">/);
  t.is((await visitor.post(path)).location, '/hosting');
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /No keys yet/);
});

test('a site that sleeps says since when and why, and is not woken by who only looks', async (t) => {
  const account = await hostingStates.asleep(api);
  const visitor = PageVisitor.as(api, account);
  const { text } = await visitor.get('/hosting');
  t.regex(text, /Asleep since <time[^]*Nobody used it/);
  // The preview would be a visit.
  t.notRegex(text, /<iframe/);
  t.notRegex(text, /It is off/);
  t.is((await visitor.post('/hosting/start')).location, '/hosting');
  t.regex((await visitor.get('/hosting')).text, /Waking it/);
  await work(account, { code: 'VM_NOT_READY', status: 504, message: 'x' });
  t.regex((await visitor.get('/hosting')).text, /It could not be woken[^]*action="\/hosting\/start"/);
});

test('that it sleeps and wakes is no news', async (t) => {
  const account = await hostingStates.running(api);
  const visitor = PageVisitor.as(api, account);
  await requestSleep(api.stores.database, account.id, 'idle');
  t.regex((await visitor.get('/hosting')).text, /<iframe id="preview"/);
  await work(account, { code: 'SLEEP_FAILED', status: 503, message: 'x' });
  const { text } = await visitor.get('/hosting');
  t.regex(text, /<iframe id="preview"/);
  t.notRegex(text, /put to sleep/);
});

test('its user chooses whether it sleeps, where machines do and the operator leaves that to users', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const visitor = PageVisitor.as(api, account);
  t.regex((await visitor.get('/hosting')).text, /Keep it awake/);
  t.is((await visitor.post('/hosting/sleep', { form: { sleep: 'never' } })).location, '/hosting');
  t.regex((await visitor.get('/hosting')).text, /Let it sleep/);
  t.is((await api.models.Hosting.findByPk(account.id))?.sleep, 'never');
  const sleepless = await startApi({ stores: api.stores, variables: { SLEEP_AFTER_SECONDS: '0' } });
  t.notRegex((await PageVisitor.as(sleepless, account).get('/hosting')).text, /hosting\/sleep/);
  await sleepless.stop();
  const strict = await startApi({ stores: api.stores, variables: { SLEEP_CHOICE: 'operators' } });
  t.notRegex((await PageVisitor.as(strict, account).get('/hosting')).text, /hosting\/sleep/);
  const { token } = account;
  t.is((await call(strict, 'PATCH', '/host/my', { token, json: { sleep: 'auto' } })).body.error?.code, 'FORBIDDEN');
  await api.models.User.update({ role: 'operator' }, { where: { id: account.id } });
  t.is((await call(strict, 'PATCH', '/host/my', { token, json: { sleep: 'auto' } })).status, 200);
  await strict.stop();
});

/** As `fetch` does not: with the dots in the path. */
async function postRaw(path: string, { refreshToken }: Account): Promise<number | undefined> {
  const headers = { Accept: 'text/html', Cookie: `webhoster-session=${refreshToken}` };
  const sent = request(api.url, { path, method: 'POST', headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test('a key whose id leads elsewhere deletes no hosting', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  for (const id of ['%2e%2e', '%2e', '..%2f', 'x']) t.is(await postRaw(`/hosting/keys/${id}/remove`, account), 404, id);
  t.is((await api.models.Hosting.findByPk(account.id))?.status, 'running');
});

test('with a key there is no password; with a bad one the field says why', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const refused = await visitor.post('/hosting', { form: { ssh_public_keys: 'ssh-dss AAAA' } });
  t.is(refused.status, 422);
  t.regex(refused.text, /id="first-key-error">A key begins with/);
  t.true(refused.text.includes('ssh-dss AAAA</textarea>'));
  t.is((await visitor.post('/hosting', { form: { ssh_public_keys: ` ${key}\n` } })).location, '/hosting');
});

test('all steps are there from the beginning, with the one that goes on', async (t) => {
  const account = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, account.id);
  const { text } = await PageVisitor.as(api, account).get('/hosting');
  const steps = [...text.matchAll(/<li class="(\w+)"/g)].map(([, state]) => state);
  t.deepEqual(steps, ['now', ...Array.from({ length: 6 }, () => 'waiting')]);
  await recordStep(api.stores.database, await claim(api.stores.database, id), 'boot');
  const later = await PageVisitor.as(api, account).get('/hosting');
  t.deepEqual([...later.text.matchAll(/<li class="(\w+)"/g)].map(([, state]) => state).slice(0, 4), [
    'done',
    'done',
    'now',
    'waiting',
  ]);
  t.regex(later.text, /Expected<\/dt><dd>about \d+ s/);
});

test('a running hosting: address, preview, commands, values for programs', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const { sshPort } = await api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  const { text } = await PageVisitor.as(api, account).get('/hosting');
  t.true(text.includes(`<iframe id="preview" src="/${account.id}/"`));
  t.regex(text, /<iframe[^>]* title="[^"]+" sandbox="allow-scripts"/);
  for (const piece of [
    `>http://localhost/${account.id}<`,
    `ssh -p ${sshPort} ubuntu@localhost`,
    `sftp -P ${sshPort} ubuntu@localhost`,
    `<code id="sftp-port">${sshPort}</code>`,
  ])
    t.true(text.includes(piece), piece);
});

test('power, with and without JavaScript', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await makeHosting(api.stores.database, account.id);
  t.is((await visitor.post('/hosting/stop')).location, '/hosting');
  t.regex((await visitor.get('/hosting')).text, /Stopping/);
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /state stopped/);
  const refused = await visitor.post('/hosting/stop', { headers: live });
  t.is(refused.status, 409);
  t.is(refused.headers.get('hx-retarget'), '#panel');
  t.regex(
    refused.text,
    /^\s*<div id="rendering"[^>]*><\/div>\s*<div class="alert bad" role="alert"[^]*cannot be done in the present state/,
  );
  const started = await visitor.post('/hosting/start', { headers: live });
  t.is(started.status, 200);
  t.is(started.headers.get('hx-retarget'), '#panel');
  t.regex(started.text, /Starting/);
});

test('keys are added, named and removed; what is refused is kept', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await makeHosting(api.stores.database, account.id);
  const refused = await visitor.post('/hosting/keys', { form: { name: '<b>', public_key: 'nonsense' } });
  t.is(refused.status, 422);
  t.regex(refused.text, /id="key-text-error"/);
  t.true(refused.text.includes('value="&lt;b&gt;"') && refused.text.includes('nonsense</textarea>'));
  t.is((await visitor.post('/hosting/keys', { form: { name: 'at <home>', public_key: key } })).location, '/hosting');
  await work(account);
  const listed = await visitor.get('/hosting');
  t.regex(listed.text, /<strong>at &lt;home&gt;<\/strong>\s*<code>SHA256:/);
  const [, path = ''] = /action="(\/hosting\/keys\/[\w-]+\/remove)"/.exec(listed.text) ?? [];
  t.is((await visitor.post(path)).location, '/hosting');
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /No keys yet/);
});

test('deleting takes the name, typed', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  await makeHosting(api.stores.database, account.id);
  const refused = await visitor.post('/hosting/delete', { form: { name: 'somebody' } });
  t.is(refused.status, 422);
  t.regex(refused.text, /That is not the name[^]*<details id="delete" open>/);
  t.is((await api.models.Hosting.findByPk(account.id))?.status, 'running');
  t.is((await visitor.post('/hosting/delete', { form: { name: account.siteName } })).location, '/hosting');
  await work(account);
  t.regex((await visitor.get('/hosting')).text, /Your hosting is deleted[^]*Create my hosting/);
});

test('a failed create: which step, why, that all was cleaned up, and one button', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const { id } = await queueCreate(api.stores.database, account.id);
  const claimed = await claim(api.stores.database, id);
  await recordStep(api.stores.database, claimed, 'web');
  const error = { code: 'VM_NOT_READY', status: 504, message: 'x', console: ['[FAILED] <nginx>'] };
  await endAsAsked(api.stores.database, claimed, error);
  const { text } = await visitor.get('/hosting');
  t.regex(
    text,
    /could not be created[^]*Failed at<\/dt><dd>Checking the website[^]*The server was not ready in time[^]*cleaned up/,
  );
  t.true(text.includes('[FAILED] &lt;nginx&gt;'));
  t.regex(text, /<button class="main huge">Try again/);
  t.is((await visitor.post('/hosting', { form: { ssh_public_keys: key } })).location, '/hosting');
});
