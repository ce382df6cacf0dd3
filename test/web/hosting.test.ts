// The page of the hosting, from the empty one to the deleted one, with and without JavaScript.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { Hosting } from '../../api/models/hosting.ts';
import { Operation } from '../../api/models/operation.ts';
import { Session } from '../../api/models/session.ts';
import { announceProgress } from '../../api/operations/progress.ts';
import { recordStep } from '../../api/operations/claim.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { type Account, makeAccount } from '../support/calls.ts';
import { claim, endAsAsked, makeHosting, queueCreate } from '../support/operations.ts';
import { PageVisitor } from '../support/page-visitor.ts';

let api: TestApi;
const live = { 'HX-Request': 'true' };
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPbn6zVTWwmJdVN4ipbi0trLbdKE9rShxUZMmdhhP5Mn me@laptop';

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const latest = (account: Account) =>
  Operation.findOne({ where: { userId: account.id }, order: [['createdAt', 'DESC']], rejectOnEmpty: true });

/** Does what a worker does with the latest operation. */
async function work(account: Account, error?: { code: string; status: number; message: string; console?: string[] }) {
  const { id } = await latest(account);
  await endAsAsked(api.stores.database, await claim(api.stores.database, id), error);
}

test('one button creates; the password is in this one answer, and in no other', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  t.regex((await visitor.get('/hosting')).text, /<form method="post" action="\/hosting"[^]*Create my hosting/);
  const created = await visitor.post('/hosting');
  t.is(created.status, 200);
  t.is(created.headers.get('cache-control'), 'no-store');
  const [, password = ''] = /<code id="ssh-password">([^<]{23})<\/code>/.exec(created.text) ?? [];
  t.is(password.length, 23);
  t.regex(created.text, /Save it somewhere safe now/);
  t.notRegex(created.text, /http-equiv="refresh"/, 'who reads the password is not sent on');
  const again = await visitor.get('/hosting');
  t.false(again.text.includes(password));
  t.regex(again.text, /<noscript><meta http-equiv="refresh" content="3"><\/noscript>/);
  t.regex(again.text, /Creating your hosting/);
  t.false(api.log().includes(password));
});

test('what comes after the password leaves it where it is: a second click, another action, a failure', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  t.regex((await visitor.get('/hosting')).text, /data-hx-sync="this:drop" data-hx-disable="find button"/);
  const created = await visitor.post('/hosting', { headers: live });
  t.is(created.headers.get('hx-retarget'), '#hosting');
  t.regex(created.text, /id="ssh-password"/);
  const again = await visitor.post('/hosting', { headers: live });
  t.is(again.status, 409);
  await work(account);
  const key = await visitor.post('/hosting/keys', { headers: live, form: { public_key: 'nonsense' } });
  const stopped = await visitor.post('/hosting/stop', { headers: live });
  for (const { headers, text } of [again, key, stopped]) {
    t.is(headers.get('hx-retarget'), '#panel');
    t.notRegex(text, /id="(?:secret|panel)"/);
  }
  const failed = await visitor.post('/hosting/stop', { headers: { ...live, Origin: 'null' } });
  t.is(failed.status, 403);
  t.is(failed.headers.get('hx-retarget'), '#trouble');
  t.regex(failed.text, /^<div class="alert bad" role="alert"[^>]*><p>This request came from another site/);
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
  t.is((await Hosting.findByPk(account.id))?.status, 'running');
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
  t.regex(later.text, /Usually takes<\/dt><dd>about \d+ s/);
});

test('a running hosting: address, preview, commands, values for programs', async (t) => {
  const account = await makeAccount(api);
  await makeHosting(api.stores.database, account.id);
  const { sshPort } = await Hosting.findByPk(account.id, { rejectOnEmpty: true });
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
  t.regex(refused.text, /^\s*<div class="alert bad" role="alert"[^]*cannot be done in the present state/);
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
  t.is((await Hosting.findByPk(account.id))?.status, 'running');
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

/** Collects what a stream says. */
async function* texts(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    for (const event of events) if (event.includes('data: ')) yield event.replaceAll(/^data: ?/gm, '');
  }
}

const next = async (stream: AsyncGenerator<string>) => (await stream.next()).value as string | undefined;

test('the stream says the state at once, each step as it happens, and goes on after a lost connection', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const closed = new AbortController();
  const response = await visitor.open('/hosting/events', closed.signal);
  t.regex(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  t.is(response.headers.get('x-accel-buffering'), 'no');
  const stream = texts(response);
  t.regex((await next(stream)) ?? '', /Create my hosting/);
  const { id } = await queueCreate(api.stores.database, account.id);
  t.regex((await next(stream)) ?? '', /Waiting for its turn/, 'a create from elsewhere is seen');
  const claimed = await claim(api.stores.database, id);
  await next(stream);
  await recordStep(api.stores.database, claimed, 'boot');
  await announceProgress(api.services.redis, id);
  t.regex((await next(stream)) ?? '', /Now: Switching the server on/);
  closed.abort();
  await t.throwsAsync(next(stream));
  await endAsAsked(api.stores.database, claimed);
  const again = new AbortController();
  const resumed = texts(await visitor.open('/hosting/events', again.signal));
  t.regex((await next(resumed)) ?? '', /state running/);
  again.abort();
});

test('a lone carriage return of the console does not break the stream', async (t) => {
  const account = await makeAccount(api);
  const { id } = await queueCreate(api.stores.database, account.id);
  const error = { code: 'VM_NOT_READY', status: 504, message: 'x', console: ['before\rafter', 'last'] };
  await endAsAsked(api.stores.database, await claim(api.stores.database, id), error);
  const closed = new AbortController();
  const text = (await next(texts(await PageVisitor.as(api, account).open('/hosting/events', closed.signal)))) ?? '';
  closed.abort();
  t.true(text.includes('before\nafter\nlast'), text);
  t.false(text.includes('\r'));
});

test('the stream shows no other user’s hosting, and ends with the session', async (t) => {
  const [account, other] = await Promise.all([makeAccount(api), makeAccount(api)]);
  const stream = texts(await PageVisitor.as(api, account).open('/hosting/events', AbortSignal.timeout(20_000)));
  t.regex((await next(stream)) ?? '', /Create my hosting/);
  const pending = next(stream);
  await queueCreate(api.stores.database, other.id);
  t.is(await Promise.race([pending, delay(2_500)]), undefined);
  await Session.destroy({ where: { id: account.sessionId } });
  t.is(await pending, 'event: over\nover');
  t.is(await next(stream), undefined);
});

test('a user has so many of these pages open at a time, and closed ones do not count', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  const closed = new AbortController();
  const open = () => visitor.open('/hosting/events', closed.signal);
  const all = await Promise.all(Array.from({ length: 20 }, open));
  t.true(all.every(({ status }) => status === 200));
  t.is((await open()).status, 429);
  closed.abort();
  const deadline = new AbortController();
  let status = 0;
  while (status !== 200) {
    await delay(50);
    ({ status } = await visitor.open('/hosting/events', deadline.signal));
  }
  deadline.abort();
  t.is(status, 200);
});

test.serial('nothing goes on for pages that are closed', async (t) => {
  const account = await makeAccount(api);
  const closed = new AbortController();
  const response = await PageVisitor.as(api, account).open('/hosting/events', closed.signal);
  await next(texts(response));
  closed.abort();
  await delay(1_500);
  const queries: string[] = [];
  const { options } = api.stores.database as unknown as { options: { logging: unknown } };
  options.logging = (sql: string) => queries.push(sql);
  await delay(2_500);
  options.logging = false;
  t.deepEqual(
    queries.filter((sql) => sql.includes('concat_ws')),
    [],
  );
});
