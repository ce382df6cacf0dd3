// Authorities that fail in every way: what is kept of it, and when the next attempt is.
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { keepCertificates } from '../../api/certificates/turn.ts';
import { type CertifiedInstallation, letBeDue, makeSite, rowOf, startCertified } from '../support/acme/installation.ts';
import { type ScriptedAnswer, type ScriptedAuthority, startScripted } from '../support/acme/scripted.ts';

let place: CertifiedInstallation;
const models = () => place.api.stores.database.models;

test.before(async () => {
  // It refuses nonces that are good, and takes its time to look. The library asks again up to five times.
  const environment = { PEBBLE_WFE_NONCEREJECT: '15', PEBBLE_VA_NOSLEEP: '0', PEBBLE_VA_SLEEPTIME: '2' };
  place = await startCertified({ environment, validity: 90, blocked: ['blocked.example'] });
});
test.after.always(() => place.stop());
// Each test has hosts of its own.
test.afterEach.always(async () => {
  await models().Hosting.update({ routedHost: '' }, { where: {} });
  await models().Certificate.destroy({ where: {} });
});

const own = { own: [] };
/** What a worker looks after who asks an authority that is scripted. */
const workWith = ({ directory, ca }: ScriptedAuthority, more: { signal?: AbortSignal } = {}) =>
  place.work({ ...own, ...more, authority: { directory, email: null, ca, binding: null } });
const secondsUntil = (date: Date) => Math.round((date.getTime() - Date.now()) / 1_000);
const accountAt = (directory: string) => models().AcmeAccount.findByPk(directory, { rejectOnEmpty: true });
const letAuthorityBeDue = () => models().AcmeAccount.update({ nextAttemptAt: new Date() }, { where: {} });

test.serial('bad nonces and slow decisions', async (t) => {
  const { host } = await makeSite(place);
  await keepCertificates(place.work(own));
  t.like(await rowOf(place, host), { problemDetail: null, failures: 0 });
});

test.serial('what is short-lived is renewed at two thirds of its life', async (t) => {
  const { host } = await makeSite(place);
  await keepCertificates(place.work(own));
  const row = await rowOf(place, host);
  const life = row.notAfter!.getTime() - row.notBefore!.getTime();
  t.is(row.nextAttemptAt.getTime() - row.notBefore!.getTime(), Math.floor((life * 2) / 3));
  t.true(secondsUntil(row.nextAttemptAt) <= 60);
});

test.serial('a host that cannot be found: the authority’s words, and longer and longer pauses', async (t) => {
  const { host } = await makeSite(place);
  const { dns, directory } = place.pebble;
  await dns('set-servfail', { host });
  for (const [failures, seconds] of [
    [1, 60],
    [2, 120],
    [3, 240],
  ] as const) {
    await keepCertificates(place.work(own));
    const row = await rowOf(place, host);
    t.is(row.failures, failures);
    t.true(Math.abs(secondsUntil(row.nextAttemptAt) - seconds) <= 5, String(secondsUntil(row.nextAttemptAt)));
    t.is(row.problemCode, 'connection', 'as Pebble calls it');
    t.regex(row.problemDetail ?? '', new RegExp(host));
    await letBeDue(place, host);
  }
  t.is((await accountAt(directory)).failures, 0, 'others are not held up');
  await dns('clear-servfail', { host });
  await keepCertificates(place.work(own));
  t.like(await rowOf(place, host), { failures: 0, problemCode: null, problemDetail: null });
});

test.serial('a host that it never certifies, and another that it does', async (t) => {
  const { host } = await makeSite(place);
  await keepCertificates(place.work({ own: ['blocked.example'] }));
  t.like(await rowOf(place, 'blocked.example'), { problemCode: 'rejectedIdentifier', failures: 1 });
  t.truthy((await rowOf(place, host)).chain);
});

const nowhere = 'https://localhost:1/dir';

test.serial(
  'an authority that is down holds up everybody, for longer and longer, and what there is stays',
  async (t) => {
    const { host } = await makeSite(place);
    await keepCertificates(place.work(own));
    const { chain } = await rowOf(place, host);
    await makeSite(place);
    await letBeDue(place, host);
    const down = place.work({ ...own, authority: { directory: nowhere, email: null, ca: null, binding: null } });
    for (const [failures, seconds] of [
      [1, 60],
      [2, 120],
      [3, 240],
    ] as const) {
      for (let turn = 0; turn < 3; turn++) await keepCertificates(down);
      const account = await accountAt(nowhere);
      t.like(account, { failures, problemCode: 'unreachable' });
      t.regex(account.problemDetail ?? '', /ECONNREFUSED/);
      t.true(Math.abs(secondsUntil(account.nextAttemptAt) - seconds) <= 5);
      await letAuthorityBeDue();
      await models().Certificate.update({ nextAttemptAt: new Date() }, { where: {} });
    }
    t.is((await rowOf(place, host)).chain, chain);
  },
);

test.serial('an authority that nobody vouches for is not believed', async (t) => {
  const { host } = await makeSite(place);
  await keepCertificates(
    place.work({ ...own, authority: { directory: place.pebble.directory, email: null, ca: null, binding: null } }),
  );
  t.like(await rowOf(place, host), { problemCode: 'unreachable', chain: null });
  t.regex((await rowOf(place, host)).problemDetail ?? '', /self-signed certificate/);
  await letAuthorityBeDue();
});

test.serial('an authority that knows our account no more gets a new one', async (t) => {
  const { directory } = place.pebble;
  await models().AcmeAccount.update({ url: directory.replace('/dir', '/my-account/none') }, { where: { directory } });
  const { host } = await makeSite(place);
  await keepCertificates(place.work(own));
  t.like(await rowOf(place, host), { problemCode: 'accountDoesNotExist' });
  await letAuthorityBeDue();
  await letBeDue(place, host);
  await keepCertificates(place.work(own));
  t.truthy((await rowOf(place, host)).chain);
});

test.serial('two workers at once make one order', async (t) => {
  const { host } = await makeSite(place);
  const orders = () => place.pebble.log().match(/Added order /g)?.length ?? 0;
  const before = orders();
  await Promise.all(['a', 'b', 'c'].map((worker) => keepCertificates(place.work({ ...own, worker }))));
  t.is(orders() - before, 1);
  t.truthy((await rowOf(place, host)).chain);
});

test.serial('a worker that died in an order holds up the others only for a while', async (t) => {
  const { directory } = place.pebble;
  const { host } = await makeSite(place);
  await models().AcmeAccount.update(
    { worker: 'gone', leaseUntil: new Date(Date.now() + 60_000) },
    { where: { directory } },
  );
  await keepCertificates(place.work(own));
  t.is((await rowOf(place, host)).chain, null);
  await models().AcmeAccount.update({ leaseUntil: new Date(Date.now() - 1) }, { where: { directory } });
  await keepCertificates(place.work(own));
  t.truthy((await rowOf(place, host)).chain);
});

test.serial('a worker that stops leaves off at once, and it counts as no failure', async (t) => {
  // It answers no order, ever.
  const authority = await startScripted();
  t.teardown(() => authority.stop());
  authority.answers['/order'] = { body: null };
  const { host } = await makeSite(place);
  const stopping = new AbortController();
  const working = keepCertificates(workWith(authority, { signal: stopping.signal }));
  while (!authority.asked.includes('/order')) await delay(20);
  stopping.abort();
  // Far less than the library waits for an answer.
  t.true(await Promise.race([working.then(() => true), delay(10_000, false)]));
  t.like(await rowOf(place, host), { failures: 0, problemCode: null, chain: null });
  const { leaseUntil } = await accountAt(authority.directory);
  t.is(leaseUntil, null);
});

const html = '<!doctype html><title>502</title>';
const nonsense: Record<string, [string, ScriptedAnswer, string, RegExp]> = {
  'a page instead of a directory': ['/dir', { body: html }, 'unintelligible', /newAccount|newNonce/],
  'a page of an error': ['/dir', { status: 502, body: html }, 'unintelligible', /status 502/],
  'a redirect': [
    '/dir',
    { status: 302, headers: { location: 'https://example.org/' }, body: '' },
    'unintelligible',
    /302/,
  ],
  'an empty directory': ['/dir', { body: {} }, 'unintelligible', /newAccount|newNonce/],
  'a directory of numbers': ['/dir', { body: { newNonce: 5, newAccount: 6, newOrder: 7 } }, 'unintelligible', /./],
  'a directory without encryption': [
    '/dir',
    { body: { newNonce: 'http://localhost/', newAccount: 'http://localhost/' } },
    'unintelligible',
    /http:\/\/localhost/,
  ],
  'no nonce': ['/nonce', { headers: { 'replay-nonce': '' }, body: '' }, 'unintelligible', /nonce/],
  'a list instead of an order': [
    '/order',
    { status: 201, headers: { location: 'https://localhost/1' }, body: [] },
    'unintelligible',
    /none of ACME/,
  ],
  'an order of text': [
    '/order',
    { status: 201, headers: { location: 'https://localhost/1' }, body: 'null' },
    'unintelligible',
    /./,
  ],
  'an order without a place': ['/order', { status: 201, body: {} }, 'unintelligible', /order link/],
  'too much': ['/dir', { body: 'x'.repeat(300_000) }, 'unintelligible', /too much/],
  'a problem without words': [
    '/order',
    { status: 400, body: { type: 'urn:ietf:params:acme:error:malformed' } },
    'malformed',
    /malformed/,
  ],
  'a problem of a type that is none': [
    '/order',
    { status: 400, body: { type: '<b>', detail: 'hm' } },
    'unintelligible',
    /hm/,
  ],
  'terminal codes': [
    '/order',
    { status: 403, body: { type: 'urn:ietf:params:acme:error:unauthorized', detail: '\u001b[31mred\n'.repeat(300) } },
    'unauthorized',
    /^\S*\[31mred .{400,}…$/,
  ],
};
for (const [what, [path, answer, code, words]] of Object.entries(nonsense)) {
  test.serial(`an authority that answers nonsense: ${what}`, async (t) => {
    const authority = await startScripted();
    t.teardown(() => authority.stop());
    authority.answers[path] = answer;
    const { host } = await makeSite(place);
    await keepCertificates(workWith(authority));
    const row = await rowOf(place, host);
    t.is(row.problemCode, code);
    t.regex(row.problemDetail ?? '', words);
    t.true((row.problemDetail ?? '').length <= 500);
    // eslint-disable-next-line no-control-regex
    t.notRegex(row.problemDetail ?? '', /[\u0000-\u001f]/);
  });
}

test.serial('its limits: the host waits as long as it says, others for a minute', async (t) => {
  const authority = await startScripted();
  t.teardown(() => authority.stop());
  const detail = 'too many certificates already issued for "example"';
  const body = { type: 'urn:ietf:params:acme:error:rateLimited', detail };
  authority.answers['/order'] = { status: 429, headers: { 'retry-after': '7200' }, body };
  const [first, second] = [await makeSite(place), await makeSite(place)];
  await keepCertificates(workWith(authority));
  const rows = await Promise.all([rowOf(place, first.host), rowOf(place, second.host)]);
  const [limited, other] = rows.toSorted((a, b) => b.failures - a.failures);
  t.like(limited, { problemCode: 'rateLimited', problemDetail: detail, failures: 1 });
  t.true(Math.abs(secondsUntil(limited!.nextAttemptAt) - 7_200) <= 5);
  t.is(other!.failures, 0);
  const account = await accountAt(authority.directory);
  t.true(Math.abs(secondsUntil(account.nextAttemptAt) - 60) <= 5);
  t.is(authority.asked.filter((path) => path === '/order').length, 1, 'it is asked once');
});

test.serial('limits of a user’s own domain hold up that one alone', async (t) => {
  const authority = await startScripted();
  t.teardown(() => authority.stop());
  const body = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates for this domain' };
  authority.answers['/order'] = { status: 429, headers: { 'retry-after': '7200' }, body };
  const { id, host } = await makeSite(place);
  // The first of all that are due.
  const name = '0.gildong.com';
  const domain = await models().Domain.create({ userId: id, name, token: 'x'.repeat(24), state: 'active' });
  t.teardown(() => domain.destroy());
  await keepCertificates(workWith(authority));
  t.like(await rowOf(place, name), { problemCode: 'rateLimited', failures: 1 });
  t.like(await rowOf(place, host), { failures: 1 }, 'the site’s host was asked for after it');
  t.is((await accountAt(authority.directory)).failures, 1);
});

test.serial('an authority that is closed for a day is left alone for a day', async (t) => {
  const authority = await startScripted();
  t.teardown(() => authority.stop());
  authority.answers['/dir'] = { status: 503, headers: { 'retry-after': '86400' }, body: html };
  await makeSite(place);
  await keepCertificates(workWith(authority));
  t.true(Math.abs(secondsUntil((await accountAt(authority.directory)).nextAttemptAt) - 86_400) <= 5);
});
