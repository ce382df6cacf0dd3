// One certificate for all hosts of sites, by records that a program of the operator's makes.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { ownHosts } from '../../api/certificates/settings.ts';
import { tidyCertificates } from '../../api/certificates/tidy.ts';
import { keepCertificates } from '../../api/certificates/turn.ts';
import {
  type CertifiedInstallation,
  letBeDue,
  makeSite,
  rowOf,
  shownFor,
  sitesDomain,
  startCertified,
} from '../support/acme/installation.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let place: CertifiedInstallation;
const models = () => place.api.stores.database.models;
const wildcard = `*.${sitesDomain}`;

test.before(async () => {
  place = await startCertified();
});
test.after.always(() => place.stop());

/** A hook that does this, with what it is called with in `$@`. */
function hookThat(t: ExecutionContext, does: string): string {
  const file = join(temporaryFolder(t), 'hook');
  writeFileSync(file, `#!/bin/bash\nset -eu\n${does}\n`, { mode: 0o755 });
  return file;
}

test.serial('the words of a hook that fails are told, without the challenge', async (t) => {
  const dnsHook = hookThat(t, 'echo "no zone for $2 and $3" >&2; exit 3');
  await keepCertificates(place.work({ own: [wildcard], dnsHook }));
  const { problemCode, problemDetail, failures } = await rowOf(place, wildcard);
  t.is(problemCode, 'unproven');
  t.is(failures, 1);
  t.regex(problemDetail ?? '', /no zone for _acme-challenge\.sites\.example and …/);
});

test.serial('a site shows it, and has none of its own', async (t) => {
  const { dnsManagement } = place.pebble;
  const dnsHook = hookThat(
    t,
    `call=set-txt; [[ $1 == present ]] || call=clear-txt
    curl --fail --silent --data "{\\"host\\": \\"$2.\\", \\"value\\": \\"$3\\"}" ${dnsManagement}/$call; echo "$1 $2" >>"$0.log"`,
  );
  const site = await makeSite(place);
  // It has one of its own, until there is one for all.
  await keepCertificates(place.work({ own: [] }));
  const { id, host } = await makeSite(place);
  const revisionOf = async () => (await models().Hosting.findByPk(site.id, { rejectOnEmpty: true })).routeRevision;
  t.is(await revisionOf(), 1);
  await keepCertificates(place.work({ own: [wildcard], dnsHook: hookThat(t, 'exit 1') }));
  t.like(await rowOf(place, site.host), { unwantedSince: null });
  await letBeDue(place, wildcard);
  await keepCertificates(place.work({ own: [wildcard], dnsHook }));
  t.like(await rowOf(place, wildcard), { problemDetail: null, failures: 0, userId: null });
  await keepCertificates(place.work({ own: [wildcard], dnsHook }));
  t.truthy((await rowOf(place, site.host)).unwantedSince);
  t.is(await revisionOf(), 2, 'its route is made anew without');
  t.is(await models().Certificate.count({ where: { userId: id } }), 0);
  t.is(await shownFor(place, host, await place.pebble.issuer()), `DNS:${wildcard}`);
  t.is(await models().Certificate.count({ where: { host } }), 0);
});

test.serial('without an authority and its hook it stays until it lapses, also when the proxy loses it', async (t) => {
  const work = place.work({ own: [] });
  const file = join(work.proxy.sitesDirectory, `wildcards/${sitesDomain}`);
  rmSync(file);
  await tidyCertificates(work, null);
  const { host } = await makeSite(place);
  t.is(await shownFor(place, host, await place.pebble.issuer()), `DNS:${wildcard}`);
  await models().Certificate.update({ notAfter: new Date() }, { where: { host: wildcard } });
  await tidyCertificates(work, null);
  t.is(await models().Certificate.count({ where: { host: wildcard } }), 0);
  t.false(existsSync(file));
});

test.serial('a worker that stops has the hook end, clean up, and gives its turn back', async (t) => {
  // What it has started holds its output, and goes on.
  const dnsHook = hookThat(t, 'echo "$1" >>"$0.log"; [[ $1 == cleanup ]] || sleep 30');
  await letBeDue(place, wildcard);
  const stopping = new AbortController();
  const work = place.work({ own: [wildcard], dnsHook, signal: stopping.signal });
  const working = keepCertificates(work);
  while (!existsSync(`${dnsHook}.log`)) await delay(50);
  const start = performance.now();
  stopping.abort();
  await working;
  // The container's, which docker-compose.yml gives, is 20 s.
  t.true(performance.now() - start < 10_000, String(performance.now() - start));
  t.is(readFileSync(`${dnsHook}.log`, 'utf8'), 'present\ncleanup\n');
  t.like(await rowOf(place, wildcard), { failures: 0, problemCode: null });
  const { directory } = work.authority;
  t.is((await models().AcmeAccount.findByPk(directory, { rejectOnEmpty: true })).leaseUntil, null);
});

test('which hosts of the service’s own are certified', (t) => {
  const of = (PUBLIC_URL: string, SITES_DOMAIN?: string, ACME_DNS_HOOK?: string) =>
    ownHosts({ PUBLIC_URL, SITES_DOMAIN, ACME_DNS_HOOK });
  t.deepEqual(of('https://host.example:8443'), ['host.example']);
  t.deepEqual(of('https://host.example', 'sites.example'), ['host.example']);
  t.deepEqual(of('https://host.example', 'sites.example', '/hook'), ['host.example', '*.sites.example']);
  t.deepEqual(of('https://host.example', undefined, '/hook'), ['host.example']);
  for (const none of ['http://localhost', 'http://a.localhost', 'http://192.0.2.1', 'http://[2001:db8::1]:8080'])
    t.deepEqual(of(none, undefined, '/hook'), [], none);
});
