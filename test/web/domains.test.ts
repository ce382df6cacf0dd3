// Domains of one's own on the page: added, with the records to make, looked at again, and removed; without JavaScript.
import test from 'ava';
import type { Findings } from '../../api/models/domain.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { makeAccount } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { PageVisitor } from '../support/api/page-visitor.ts';

let api: TestApi;
test.before(async () => {
  api = await startApi({ variables: { PUBLIC_URL: 'https://host.company.kr', SITES_DOMAIN: 'sites.company.kr' } });
});
test.after.always(() => api.stop());

let count = 0;
const unused = () => `on-page-${(count += 1)}.com`;

async function visit(languages = 'en') {
  const account = await ownerOf(api, 'running');
  const visitor = PageVisitor.as(api, account, { 'Accept-Language': languages });
  return { account, visitor, page: async () => (await visitor.get('/hosting')).text };
}

test('one is added, told what to make, and removed', async (t) => {
  const { account, visitor, page } = await visit();
  t.regex(await page(), /No domains yet/);
  const { status, location } = await visitor.post('/hosting/domains', { form: { name: ' www.새가게.KR ' } });
  t.is(status, 303);
  t.is(location, '/hosting');
  const { name, token } = await api.models.Domain.findOne({ where: { userId: account.id }, rejectOnEmpty: true });
  const added = await page();
  t.regex(
    added,
    /<strong>www\.새가게\.kr<\/strong>\s*<code>www\.xn--[a-z0-9-]+\.kr<\/code>\s*<span class="tag">Not proven yet/,
  );
  t.regex(added, /It is being looked at…/);
  t.regex(added, new RegExp(`One CNAME record[^]*>${name}<[^]*>${account.siteName}\\.sites\\.company\\.kr<[^]*Or all`));
  t.regex(added, new RegExp(`first look[^]*>_webhoster\\.${name}<[^]*>${token}<`));
  t.is((await visitor.post(`/hosting/domains/${name}/remove`)).status, 303);
  t.regex(await page(), /No domains yet/);
});

test('one that may not be had says why at its field, in the visitor’s language, with what was typed', async (t) => {
  const { visitor } = await visit('ko');
  const { status, text } = await visitor.post('/hosting/domains', { form: { name: 'http://<b>.kr/' } });
  t.is(status, 422);
  t.regex(text, /role="alert"[^]*아래에 표시한 항목을 고쳐 주세요/);
  t.regex(
    text,
    /id="domain-name-error">http:\/\/, 포트, 경로 없이[^]*value="http:\/\/&lt;b&gt;\.kr\/"[^>]*aria-invalid="true"/,
  );
});

test('another user’s is refused above the form', async (t) => {
  const { visitor } = await visit();
  const { account } = await visit();
  const name = unused();
  await api.models.Domain.create({ userId: account.id, name, token: 'x', state: 'active' });
  const { status, text } = await visitor.post('/hosting/domains', { form: { name } });
  t.is(status, 409);
  t.regex(text, /role="alert"[^]*Somebody else has this domain/);
});

const findings = (code: Findings['missing'][number]['code'], found: string[]): Findings => ({
  missing: [{ code, found }],
  serverAddresses: ['203.0.113.7', '2001:db8::7'],
});

test('each state says what it is, and what is missing', async (t) => {
  const { account, page } = await visit();
  const [goneSince, checkedAt] = [new Date('2026-11-20T10:00:00Z'), new Date('2026-11-29T10:00:00Z')];
  const later = new Date('2100-01-01');
  const row = { userId: account.id, token: 'x', checkedAt };
  await api.models.Domain.bulkCreate([
    {
      ...row,
      name: 'a.shop-b.com',
      state: 'active',
      findings: { missing: [], serverAddresses: [] },
      nextCheckAt: later,
    },
    { ...row, name: 'shop-c.com', findings: findings('points_elsewhere', ['<192.0.2.7>']), nextCheckAt: null },
    {
      ...row,
      name: 'shop-d.com',
      state: 'lapsing',
      findings: findings('no_record', []),
      goneSince,
      nextCheckAt: later,
    },
    { ...row, name: 'shop-e.com', state: 'released', findings: null, goneSince, releasedAt: checkedAt },
  ]);
  const text = await page();
  const [active = '', unproven = '', lapsing = '', released = ''] = text.split('<li id="domain-').slice(1);
  t.regex(
    active,
    /<a href="http:\/\/a\.shop-b\.com"[^]*tag good">Connected[^]*Last looked at: [^]*<details id="records-a\.shop-b\.com">/,
  );
  t.notRegex(active, /What is missing/);
  t.regex(
    unproven,
    /Not proven yet[^]*What is missing[^]*It leads elsewhere: &lt;192\.0\.2\.7&gt;[^]*A week has gone by/,
  );
  t.regex(
    unproven,
    /<details id="records-shop-c\.com" open>[^]*Make all of these[^]*>A<[^]*203\.0\.113\.7[^]*>AAAA<[^]*2001:db8::7[^]*>TXT</,
  );
  t.notRegex(unproven, /CNAME record is enough|<a href/);
  t.regex(
    lapsing,
    /<a href[^]*About to be let go[^]*The proof is gone[^]*2026-11-20 10:00 UTC[^]*2026-11-27 10:00 UTC/,
  );
  t.regex(released, /Let go[^]*gone for too long[^]*2026-11-29 10:00 UTC/);
  t.notRegex(released, /Check now|DNS settings/);
});

test('a look is asked for', async (t) => {
  const { account, visitor, page } = await visit('ko');
  const name = unused();
  await api.models.Domain.create({ userId: account.id, name, token: 'x', state: 'active' });
  t.notRegex(await page(), /지금 확인하고 있습니다/);
  t.is((await visitor.post(`/hosting/domains/${name}/check`)).status, 303);
  t.regex(await page(), /지금 확인하고 있습니다/);
});

test('a live page gets its panel, and is told when a worker has looked', async (t) => {
  const { account, visitor } = await visit();
  const name = unused();
  const { text } = await visitor.post('/hosting/domains', { form: { name }, headers: { 'HX-Request': 'true' } });
  t.regex(text, new RegExp(`^<div id="rendering"[^]*>${name}<`));
  const closed = new AbortController();
  const { body } = await visitor.open('/hosting/events', closed.signal);
  const shown = Promise.withResolvers<void>();
  const seen = (async () => {
    let all = '';
    for await (const piece of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      all += piece;
      // The page as it was at first.
      if (all.includes('Not proven yet')) shown.resolve();
      if (/Connected/.test(all)) return true;
    }
    return false;
  })();
  await shown.promise;
  await api.models.Domain.update({ state: 'active', checkedAt: new Date() }, { where: { userId: account.id } });
  t.true(await seen);
  closed.abort();
});

test('a name that would lead to another call is no name', async (t) => {
  const { account, visitor } = await visit();
  for (const name of ['..', '.', '%2e%2e', '..%2f..', 'a%2f..%2f..', '-', '%00', 'A.com', 'x'.repeat(300)]) {
    for (const action of ['remove', 'check']) {
      const { status } = await visitor.post(`/hosting/domains/${name}/${action}`);
      t.true([404, 405].includes(status), `${name} ${action}: ${status}`);
    }
  }
  t.is((await api.models.Hosting.findByPk(account.id))?.status, 'running');
});

test('they stay on the page when the hosting is gone, but none is added', async (t) => {
  const account = await makeAccount(api);
  const visitor = PageVisitor.as(api, account);
  t.notRegex((await visitor.get('/hosting')).text, /domains-title/);
  const name = unused();
  await api.models.Domain.create({ userId: account.id, name, token: 'x', state: 'active' });
  const { text } = await visitor.get('/hosting');
  t.regex(text, /domains-title[^]*With your next hosting/);
  t.notRegex(text, /id="add-domain"/);
  t.is((await visitor.post(`/hosting/domains/${name}/remove`)).status, 303);
});
