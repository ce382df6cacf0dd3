// Hosts get and keep certificates by themselves: from a real authority, Pebble, which asks the real proxy.
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { certificatesOf } from '../../api/certificates/keep.ts';
import { keepCertificates } from '../../api/certificates/turn.ts';
import { specOf } from '../../api/jobs/job.ts';
import { restoreRoutes } from '../../api/jobs/restore-routes.ts';
import { emptyAccount } from '../../api/stores/queries/accounts.ts';
import { routeFile } from '../../templates/site.ts';
import {
  type CertifiedInstallation,
  letBeDue,
  makeSite,
  ownHost,
  revisionOf,
  rowOf,
  shownFor,
  sitesDomain,
  startCertified,
} from '../support/acme/installation.ts';
import { dumpDatabase } from '../support/api/rows.ts';

let place: CertifiedInstallation;
const models = () => place.api.stores.database.models;
let issuer: string;

test.before(async () => {
  place = await startCertified();
  issuer = await place.pebble.issuer();
});
test.after.always(() => place.stop());

test.serial('sites and the service get certificates, which the proxy shows', async (t) => {
  const sites = [await makeSite(place), await makeSite(place)];
  await keepCertificates(place.work());
  for (const { id, host } of sites) {
    const row = await rowOf(place, host);
    t.is(row.userId, id);
    t.true(row.notAfter !== null && row.notAfter > new Date());
    t.is(await revisionOf(place, id), 1, 'its route is to be made anew');
    t.is(await shownFor(place, host, issuer), 'DEPTH_ZERO_SELF_SIGNED_CERT', 'not before its stack has it');
  }
  const { database, proxy, seal, logger } = place.work();
  const material = { sitesDomain, seal };
  await restoreRoutes({ database, proxy, material, logger });
  for (const { host } of sites) t.is(await shownFor(place, host, issuer), `DNS:${host}`);
  t.is(await shownFor(place, ownHost, issuer), `DNS:${ownHost}`);
  t.is(statSync(join(proxy.sitesDirectory, `certificates/${ownHost}`)).mode & 0o777, 0o640);
  const [site] = sites;
  const hosting = await models().Hosting.findByPk(site!.id, { rejectOnEmpty: true });
  const spec = await specOf({ database, hosting, ...material });
  t.regex(spec.certificates[site!.host] ?? '', /^-----BEGIN CERTIFICATE-----[^]+-----BEGIN PRIVATE KEY-----/);
});

test.serial('a route that cannot be written keeps none of the others away', async (t) => {
  const [broken, other] = [await makeSite(place), await makeSite(place)];
  // Longer than names of files are.
  const name = `${'a'.repeat(60)}.`.repeat(4).concat('too-long.com');
  const domain = await models().Domain.create({ userId: broken.id, name, token: 'x'.repeat(24), state: 'active' });
  const { database, proxy, seal, logger } = place.work();
  const restoring = { database, proxy, material: { sitesDomain, seal }, logger };
  await t.throwsAsync(restoreRoutes(restoring), { message: /routes of 1 hostings could not be written/ });
  t.regex(place.log(), new RegExp(`"userId":${broken.id},.*ENAMETOOLONG`));
  t.true(existsSync(join(proxy.sitesDirectory, routeFile(other.id))));
  t.false(existsSync(join(proxy.sitesDirectory, routeFile(broken.id))));
  await domain.destroy();
  await restoreRoutes(restoring);
  t.true(existsSync(join(proxy.sitesDirectory, routeFile(broken.id))), 'it is tried again');
});

test.serial('neither the database nor a log has a key in clear, and the log no challenge', async (t) => {
  const all = (await dumpDatabase(place.api.stores.database)) + place.log();
  t.true(all.includes('-----BEGIN CERTIFICATE-----'));
  t.notRegex(all, /PRIVATE KEY/);
  t.notRegex(place.log(), /acme-challenge|"token"/);
});

test.serial('the service’s own is put back where it is gone or another', async (t) => {
  const { edge } = place;
  const { proxy } = place.work();
  const file = join(proxy.sitesDirectory, `certificates/${ownHost}`);
  rmSync(file);
  t.not(await shownFor(place, ownHost, issuer), `DNS:${ownHost}`);
  await keepCertificates(place.work());
  t.is(await shownFor(place, ownHost, issuer), `DNS:${ownHost}`);
  writeFileSync(file, 'nonsense');
  await keepCertificates(place.work());
  t.is(await shownFor({ edge }, ownHost, issuer), `DNS:${ownHost}`);
});

test.serial('a host that has one is left alone until it is due, and is renewed with another key', async (t) => {
  const { host } = await makeSite(place);
  await keepCertificates(place.work());
  const first = await rowOf(place, host);
  await keepCertificates(place.work());
  t.is((await rowOf(place, host)).chain, first.chain);
  const [begun, renewed] = [first.notBefore!.getTime(), first.nextAttemptAt.getTime()];
  t.is(renewed - begun, Math.floor(((first.notAfter!.getTime() - begun) * 2) / 3));
  await letBeDue(place, host);
  await keepCertificates(place.work());
  const second = await rowOf(place, host);
  t.not(second.chain, first.chain);
  t.not(
    place.seal.open(second.sealedKey!, `the certificate of ${host}`),
    place.seal.open(first.sealedKey!, `the certificate of ${host}`),
  );
});

test.serial('the account is made once', async (t) => {
  await makeSite(place);
  await keepCertificates(place.work());
  t.is(await models().AcmeAccount.count(), 1);
  t.is(place.pebble.log().match(/There are now \d+ accounts/g)?.length ?? 0, 1);
});

test.serial('who has no site any more keeps the certificate of the name, and who is gone does not', async (t) => {
  const { id, host } = await makeSite(place);
  await keepCertificates(place.work());
  await models().Hosting.destroy({ where: { userId: id } });
  await letBeDue(place, host);
  const { chain } = await rowOf(place, host);
  await keepCertificates(place.work());
  t.is((await rowOf(place, host)).chain, chain, 'nothing is ordered for it');
  await models().User.update({ siteName: 'another-name' }, { where: { id } });
  await keepCertificates(place.work());
  t.truthy((await rowOf(place, host)).unwantedSince);
  await models().Certificate.update({ unwantedSince: null }, { where: { host } });
  const { database } = place.api.stores;
  await database.transaction((transaction) => emptyAccount(database, id, transaction));
  await keepCertificates(place.work());
  t.is(await models().Certificate.count({ where: { userId: id } }), 0);
});

test.serial('an own domain has one while it is served, and none that only was added', async (t) => {
  const { id } = await makeSite(place);
  const row = (name: string) => ({ userId: id, name, token: 'x'.repeat(24) });
  const served = await models().Domain.create({ ...row('www.gildong.com'), state: 'active' });
  await models().Domain.create(row('www.claimed.com'));
  await keepCertificates(place.work());
  t.not((await rowOf(place, 'www.gildong.com')).chain, null);
  t.is(await models().Certificate.count({ where: { host: 'www.claimed.com' } }), 0);
  const { routeRevision } = await models().Hosting.findByPk(id, { rejectOnEmpty: true });
  await served.update({ state: 'released' });
  await keepCertificates(place.work());
  t.truthy((await rowOf(place, 'www.gildong.com')).unwantedSince);
  t.deepEqual(await certificatesOf(place.api.stores.database, ['www.gildong.com'], place.seal), {});
  t.is(await revisionOf(place, id), routeRevision + 1);
});

test.serial('a host that is the service’s no more loses its file', async (t) => {
  await keepCertificates(place.work({ own: [] }));
  t.is(await shownFor(place, ownHost, issuer), 'DEPTH_ZERO_SELF_SIGNED_CERT');
  t.is(await models().Certificate.count({ where: { host: ownHost } }), 0);
});
