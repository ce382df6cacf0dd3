// A certificate from a real authority, Pebble, with its faults on.
import { X509Certificate } from 'node:crypto';
import test from 'ava';
import { newAccountKey, obtain } from '../../api/certificates/authority.ts';
import { secondsOf } from '../../api/certificates/acme-http.ts';
import { CertificateError } from '../../api/certificates/errors.ts';
import { backOff } from '../../api/certificates/schedule.ts';
import type { Answerer } from '../../api/certificates/order.ts';
import { type Pebble, startPebble } from '../support/acme/pebble.ts';
import { startTenant, type Tenant } from '../support/proxy/edge.ts';

let pebble: Pebble;
let web: Tenant;
const files = new Map<string, string>();

test.before(async () => {
  web = await startTenant((request, response) => {
    const file = files.get(request.url?.replace('/.well-known/acme-challenge/', '') ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  pebble = await startPebble({ httpPort: web.port });
});
test.after.always(async () => {
  await pebble.stop();
  await web.stop();
});

const answerer: Answerer = {
  type: 'http-01',
  show: (_host, token, answer) => Promise.resolve(void files.set(token, answer)),
  hide: (_host, token) => Promise.resolve(void files.delete(token)),
};

const order = (host: string, how = answerer) =>
  obtain(
    { directory: pebble.directory, email: 'operator@example.org', ca: pebble.ca, binding: null },
    {
      account: { key: newAccountKey(), url: null },
      host,
      answerer: how,
      signal: new AbortController().signal,
      onAccount: () => Promise.resolve(),
    },
  );

test.serial('a certificate by HTTP-01', async (t) => {
  const { chain, key, notBefore, notAfter } = await order('gildong.sites.example');
  const certificate = new X509Certificate(chain);
  t.is(certificate.subjectAltName, 'DNS:gildong.sites.example');
  t.true(key.startsWith('-----BEGIN PRIVATE KEY-----'));
  t.true(notAfter.getTime() - notBefore.getTime() > 7_000_000_000);
  t.deepEqual(files, new Map());
});

test.serial('what a host answers instead is told in the authority’s words, without the challenge', async (t) => {
  const asked: string[] = [];
  const wrong: Answerer = {
    ...answerer,
    show: (_host, token, answer) => {
      asked.push(token, answer);
      files.set(token, 'something else');
      return Promise.resolve();
    },
  };
  const error = await t.throwsAsync(order('gildong.sites.example', wrong), { instanceOf: CertificateError });
  t.is(error?.code, 'unauthorized');
  t.regex(error?.message ?? '', /did not match this challenge "…" != "something else"/);
  t.is(asked.length, 2);
  t.is(files.size, 0);
});

test.serial('a proxy that shows nothing is told before the authority is asked', async (t) => {
  const down: Answerer = { ...answerer, show: () => Promise.reject(new Error('The proxy does not answer')) };
  t.like(await t.throwsAsync(order('gildong.sites.example', down)), { code: 'unproven', isOfAuthority: false });
});

test.serial('hosts of every length that a name may have', async (t) => {
  const label = 'a'.repeat(60);
  const long = `${label}.${label}.${label}.sites.example`;
  t.is(new X509Certificate((await order(long)).chain).subjectAltName, `DNS:${long}`);
});

test.serial('seconds of a Retry-After', (t) => {
  t.is(secondsOf('120'), 120);
  t.true(Math.abs((secondsOf(new Date(Date.now() + 90_000).toUTCString()) ?? 0) - 90) <= 1);
  for (const none of [undefined, '', '0', '-5', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT'])
    t.is(secondsOf(none), undefined);
});

test.serial('pauses double from a minute to a day', (t) => {
  t.deepEqual(
    [1, 2, 3, 10, 11, 12, 100].map((failures) => backOff(failures) / 60_000),
    [1, 2, 4, 512, 1_024, 1_440, 1_440],
  );
});
