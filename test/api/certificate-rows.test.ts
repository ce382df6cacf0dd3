// Who may have how many certificates, and when they are forgotten: with a real authority, Pebble.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { certificatesOf } from '../../api/certificates/keep.ts';
import { certificatesOfDomains } from '../../api/certificates/report.ts';
import { tidyCertificates } from '../../api/certificates/tidy.ts';
import { keepCertificates } from '../../api/certificates/turn.ts';
import { maximumOrders } from '../../api/stores/queries/certificates.ts';
import {
  type CertifiedInstallation,
  letBeDue,
  makeSite,
  ownHost,
  revisionOf,
  rowOf,
  shownFor,
  startCertified,
} from '../support/acme/installation.ts';

let place: CertifiedInstallation;
const models = () => place.api.stores.database.models;
const query = (sql: string) => place.api.stores.database.query(sql);
const withoutOwn = { own: [] };
const day = 86_400_000;

test.before(async () => {
  place = await startCertified();
});
test.after.always(() => place.stop());

const orders = () => place.pebble.log().match(/Added order /g)?.length ?? 0;
let count = 0;
const unused = () => `ordered-${(count += 1)}.com`;
/** A domain that is served. */
const serve = (userId: number, name = unused()) =>
  models().Domain.create({ userId, name, token: 'x'.repeat(24), state: 'active' });

test.serial('one user cannot use up what there is for all', async (t) => {
  const { id, host } = await makeSite(place);
  const first = await Promise.all(Array.from({ length: maximumOrders - 1 }, () => serve(id)));
  await keepCertificates(place.work(withoutOwn));
  t.is(orders(), maximumOrders);
  await models().Domain.destroy({ where: { userId: id } });
  const { name } = await serve(id);
  const other = await makeSite(place);
  await keepCertificates(place.work(withoutOwn));
  const waiting = await rowOf(place, name);
  t.like(waiting, { problemCode: 'userLimit', failures: 0, chain: null });
  t.regex(waiting.problemDetail ?? '', /more than 15 new hosts of one user in 7 days/);
  const [oldest] = (await query('SELECT min(ordered_at) AS at FROM certificate_orders'))[0] as { at: Date }[];
  t.is(waiting.nextAttemptAt.getTime() - oldest!.at.getTime(), 7 * day, 'as soon as may be');
  t.truthy((await rowOf(place, other.host)).chain, 'others have theirs');
  t.is(orders(), maximumOrders + 1);

  const { chain } = await rowOf(place, host);
  await letBeDue(place, host);
  await keepCertificates(place.work(withoutOwn));
  t.not((await rowOf(place, host)).chain, chain, 'renewing is no new host');

  await query(
    `UPDATE certificate_orders SET ordered_at = ordered_at - interval '7 days' WHERE host = '${first[0]?.name}'`,
  );
  await letBeDue(place, name);
  await keepCertificates(place.work(withoutOwn));
  t.like(await rowOf(place, name), { problemCode: null, problemDetail: null });
  t.truthy((await rowOf(place, name)).chain);
});

test.serial('an order that a worker’s end cut off is of the same host again', async (t) => {
  const { id, host } = await makeSite(place);
  const domains = await Promise.all(Array.from({ length: maximumOrders - 1 }, () => serve(id)));
  const hosts = [host, ...domains.map(({ name }) => name)];
  for (let times = 0; times < 3; times++)
    await query(`INSERT INTO certificate_orders (user_id, host) VALUES (${id}, '${host}')`);
  const without = () => models().Certificate.count({ where: { host: hosts, chain: null } });
  await keepCertificates(place.work(withoutOwn));
  t.is(await without(), 0);
  const none = { chain: null, sealedKey: null, notBefore: null, notAfter: null, nextAttemptAt: new Date() };
  await models().Certificate.update(none, { where: { host } });
  const { name } = await serve(id);
  await keepCertificates(place.work(withoutOwn));
  t.is(await without(), 0, 'the last one too');
  t.like(await rowOf(place, name), { problemCode: 'userLimit' });
});

test.serial('who comes back to a host has its certificate again, and others have one of their own', async (t) => {
  const { id } = await makeSite(place);
  const domain = await serve(id);
  const { name } = domain;
  await keepCertificates(place.work(withoutOwn));
  const { chain } = await rowOf(place, name);
  const [before, revision] = [orders(), await revisionOf(place, id)];
  await models().Domain.destroy({ where: { name } });
  await keepCertificates(place.work(withoutOwn));
  const { database } = place.api.stores;
  t.deepEqual(await certificatesOf(database, [name], place.seal), {}, 'it is shown no more');
  t.is((await certificatesOfDomains(database, [domain])).size, 0);
  t.is(await revisionOf(place, id), revision + 1);
  await serve(id, name);
  await keepCertificates(place.work(withoutOwn));
  t.like(await rowOf(place, name), { chain, unwantedSince: null });
  t.is(await revisionOf(place, id), revision + 2);
  t.is(orders(), before);
  await models().Domain.destroy({ where: { name } });
  const other = await makeSite(place);
  await serve(other.id, name);
  await keepCertificates(place.work(withoutOwn));
  const row = await rowOf(place, name);
  t.is(row.userId, other.id);
  t.not(row.chain, chain);
});

test.serial('adding a host again does not have one that fails be tried at once', async (t) => {
  const { id } = await makeSite(place);
  const { name } = await serve(id);
  await place.pebble.dns('set-servfail', { host: name });
  await keepCertificates(place.work(withoutOwn));
  const { nextAttemptAt } = await rowOf(place, name);
  const before = orders();
  await models().Domain.destroy({ where: { name } });
  await keepCertificates(place.work(withoutOwn));
  await serve(id, name);
  await keepCertificates(place.work(withoutOwn));
  t.like(await rowOf(place, name), { failures: 1, nextAttemptAt, unwantedSince: null });
  t.is(orders(), before);
});

test.serial('why there is none is told while the site restarts', async (t) => {
  const { id, host } = await makeSite(place);
  await place.pebble.dns('set-servfail', { host });
  const be = async (status: 'updating' | 'deleting') => {
    await models().Hosting.update({ status }, { where: { userId: id } });
    await keepCertificates(place.work(withoutOwn));
    return await rowOf(place, host);
  };
  await keepCertificates(place.work(withoutOwn));
  t.like(await be('updating'), { failures: 1, unwantedSince: null });
  t.truthy((await be('deleting')).unwantedSince);
  t.truthy((await be('updating')).unwantedSince, 'nobody came back to it yet');
});

test.serial('what nobody came back for is forgotten: without a certificate in 7 days, with one in 90', async (t) => {
  const { id } = await makeSite(place);
  const [without, having] = [await serve(id), await serve(id)];
  await place.pebble.dns('set-servfail', { host: without.name });
  await keepCertificates(place.work(withoutOwn));
  await models().Domain.destroy({ where: { userId: id } });
  await keepCertificates(place.work(withoutOwn));
  const left = async (days: number) => {
    const unwantedSince = new Date(Date.now() - days * day);
    await models().Certificate.update({ unwantedSince }, { where: { host: [without.name, having.name] } });
    await keepCertificates(place.work(withoutOwn));
    const rows = await models().Certificate.findAll({ where: { host: [without.name, having.name] } });
    return rows.map(({ host }) => host);
  };
  t.deepEqual((await left(6)).length, 2);
  t.deepEqual(await left(8), [having.name]);
  t.deepEqual(await left(89), [having.name]);
  t.deepEqual(await left(91), []);
});

const lapse = (host: string) =>
  models().Certificate.update({ notAfter: new Date(), nextAttemptAt: new Date(Date.now() + day) }, { where: { host } });

test.serial('one that has lapsed is shown no more, and its key is forgotten', async (t) => {
  const { id, host } = await makeSite(place);
  await keepCertificates(place.work());
  t.is(await shownFor(place, ownHost, await place.pebble.issuer()), `DNS:${ownHost}`);
  const revision = await revisionOf(place, id);
  for (const one of [host, ownHost]) {
    await lapse(one);
    await keepCertificates(place.work());
    await keepCertificates(place.work());
    const { sealedKey, chain } = await rowOf(place, one);
    t.is(sealedKey, null);
    t.truthy(chain, 'what it was is still told');
  }
  t.is(await revisionOf(place, id), revision + 1, 'its route is made anew without');
  t.is(await shownFor(place, ownHost, await place.pebble.issuer()), 'DEPTH_ZERO_SELF_SIGNED_CERT');
  await letBeDue(place, host);
  await keepCertificates(place.work());
  t.truthy((await rowOf(place, host)).sealedKey);
});

test.serial('without an authority what there is stays until it lapses, and nothing else', async (t) => {
  const { id, host } = await makeSite(place);
  const { name } = await serve(id);
  await place.pebble.dns('set-servfail', { host: name });
  await models().Certificate.destroy({ where: { host: ownHost } });
  await keepCertificates(place.work());
  const work = place.work();
  const file = join(work.proxy.sitesDirectory, `certificates/${ownHost}`);
  await tidyCertificates(work, null);
  t.is(await models().Certificate.count({ where: { host: name } }), 0);
  t.true(existsSync(file));
  t.truthy((await rowOf(place, host)).sealedKey);
  await lapse(host);
  await lapse(ownHost);
  await tidyCertificates(work, null);
  t.is(await models().Certificate.count({ where: { host: [host, ownHost] } }), 0);
  t.false(existsSync(file));
});

test.serial('our account with an authority that is asked no more is forgotten in 90 days', async (t) => {
  const work = place.work();
  const accounts = async () => (await models().AcmeAccount.findAll()).map(({ directory }) => directory);
  const [used, left] = [work.authority.directory, 'https://former.example/dir'];
  await models().AcmeAccount.create({ directory: left, sealedKey: 'sealed' });
  const age = (days: number) => query(`UPDATE acme_accounts SET updated_at = now() - interval '${days} days'`);
  await age(89);
  await tidyCertificates(work, used);
  t.deepEqual((await accounts()).toSorted(), [used, left].toSorted());
  await age(91);
  await tidyCertificates(work, used);
  t.deepEqual(await accounts(), [used]);
});
