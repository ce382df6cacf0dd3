// What becomes of domains as workers look at them again and again: with a real database, DNS and HTTP.
import test from 'ava';
import { checkDueDomains } from '../../api/domains/check.ts';
import { Seal } from '../../api/certificates/seal.ts';
import { routedRow, specOf } from '../../api/jobs/job.ts';
import type { Domain } from '../../api/models/domain.ts';
import { reconcileRoutes } from '../../api/operations/route.ts';
import { call } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { codesOf, DomainWorld, here, recordsFor, sitesDomain, unused } from './domain-world.ts';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

let world: DomainWorld;
test.before(async () => {
  world = await DomainWorld.start();
});
test.after.always(() => world.stop());

async function eventsOf({ name }: Domain): Promise<string[]> {
  const events = await world.api.models.AuditEvent.findAll({ where: { object: `domain ${name}` }, order: ['id'] });
  return events.map(({ action }) => action);
}

test.serial('from added to proven, gone, back, gone for a week, and let go', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.dns.serve([]);
  await world.add(account, name);
  const domain = await world.pass(await world.rowOf(account.id, name), 0);
  t.like(domain, { state: 'unproven', goneSince: null });
  t.deepEqual(codesOf(domain), ['no_such_name', 'no_record']);
  t.is(await world.revisionOf(account), 0);

  await world.dns.serve(recordsFor(domain));
  await world.pass(domain, minute);
  t.like(domain, { state: 'active', findings: { missing: [], serverAddresses: [here] } });
  t.is(await world.revisionOf(account), 1, 'its route is made anew');
  await world.pass(domain, day);
  t.is(await world.revisionOf(account), 1, 'and left alone while nothing changes');

  await world.dns.serve([`host-record=${name},${here}`]);
  await world.pass(domain, day);
  t.is(domain.state, 'lapsing');
  t.true(Date.now() - (domain.goneSince?.getTime() ?? 0) < minute);
  await world.pass(domain, 6 * day);
  t.is(domain.state, 'lapsing');
  t.is(await world.revisionOf(account), 1, 'it is served meanwhile');

  await world.dns.serve(recordsFor(domain));
  await world.pass(domain, hour);
  t.like(domain, { state: 'active', goneSince: null });

  await world.dns.serve([]);
  await world.pass(domain, day);
  await world.pass(domain, 7 * day);
  t.like(domain, { state: 'released', nextCheckAt: null });
  t.is(await world.revisionOf(account), 2);
  t.deepEqual(await eventsOf(domain), [
    'add_domain',
    'prove_domain',
    'lapse_domain',
    'recover_domain',
    'lapse_domain',
    'release_domain',
  ]);
  const { body } = await call(world.api, 'GET', '/host/my/domains', account);
  t.like((body.data?.['domains'] as object[])[0], { name, state: 'released' });
});

test.serial('while the DNS tells nothing, nothing is let go, for however long', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.add(account, name);
  const domain = await world.rowOf(account.id, name);
  await world.dns.serve(recordsFor(domain));
  await world.pass(domain, 0);
  await world.dns.stop();
  await world.pass(domain, 8 * day);
  t.is(domain.state, 'active');
  t.deepEqual(codesOf(domain), ['dns_silent', 'dns_silent']);
  await world.dns.serve([]);
  await world.pass(domain, 0);
  t.is(domain.state, 'lapsing');
  await world.dns.stop();
  await world.pass(domain, 8 * day);
  t.is(domain.state, 'lapsing', 'a week has gone, but nobody can tell that it still is gone');
  await world.dns.serve(recordsFor(domain));
  await world.pass(domain, 0);
  t.is(domain.state, 'active');
});

test.serial('what does not get here is told, and takes nothing away', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.add(account, name);
  const domain = await world.rowOf(account.id, name);
  await world.dns.serve(recordsFor(domain));
  const astray = { ...world.checks, whereabouts: { ...world.checks.whereabouts, port: 9 } };
  await checkDueDomains(astray);
  await domain.reload();
  t.is(domain.state, 'unproven');
  t.deepEqual(codesOf(domain), ['not_reached']);
  await world.pass(domain, minute);
  t.is(domain.state, 'active');
  await domain.update({ nextCheckAt: new Date(0) });
  await checkDueDomains(astray);
  await domain.reload();
  t.is(domain.state, 'active');
  t.deepEqual(codesOf(domain), ['not_reached']);
});

test.serial('of two who prove the same domain, who was first has it', async (t) => {
  const [first, second] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const name = unused();
  await world.add(first, name);
  await world.add(second, name);
  const [one, two] = [await world.rowOf(first.id, name), await world.rowOf(second.id, name)];
  await world.dns.serve([...recordsFor(one), `txt-record=_webhoster.${name},${two.token}`]);
  await world.api.models.Domain.update({ nextCheckAt: new Date(0) }, { where: { name } });
  await checkDueDomains(world.checks);
  await Promise.all([one.reload(), two.reload()]);
  t.deepEqual([one.state, two.state].toSorted(), ['active', 'unproven']);
  const loser = one.state === 'active' ? two : one;
  t.deepEqual(codesOf(loser), ['taken']);
  await world.api.models.Domain.destroy({ where: { name, state: 'active' } });
  await world.pass(loser, minute);
  t.is(loser.state, 'active', 'once the other has let go');
});

test.serial('another user’s proof is none of one’s own', async (t) => {
  const [owner, other] = [await ownerOf(world.api, 'running'), await ownerOf(world.api, 'running')];
  const name = `www.${unused()}`;
  await world.add(other, name);
  const domain = await world.rowOf(other.id, name);
  const host = `${owner.siteName}.${sitesDomain}`;
  await world.dns.serve([`cname=${name},${host}`, `host-record=${host},${here}`]);
  await world.pass(domain, 0);
  t.is(domain.state, 'unproven');
  t.deepEqual(codesOf(domain), ['no_record']);
  await world.add(owner, name);
  const mine = await world.pass(await world.rowOf(owner.id, name), 0);
  t.is(mine.state, 'active');
});

test.serial('a change asks for the route, and the route has the domains', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.api.models.Hosting.update(
    { routedHost: `${account.siteName}.${sitesDomain}` },
    { where: { userId: account.id } },
  );
  await world.add(account, name);
  const domain = await world.rowOf(account.id, name);
  await world.dns.serve(recordsFor(domain));
  await world.pass(domain, 0);
  await reconcileRoutes(world.api.stores.database, sitesDomain);
  t.is(await world.api.models.Operation.count({ where: { userId: account.id, kind: 'route', state: 'queued' } }), 1);
  const hosting = await world.api.models.Hosting.findByPk(account.id, { rejectOnEmpty: true });
  const seal = new Seal('a passphrase of this test');
  const job = { database: world.api.stores.database, hosting, sitesDomain, seal };
  const spec = await specOf(job);
  t.deepEqual(spec.hosts, [`${account.siteName}.${sitesDomain}`, name]);
  t.like(routedRow(job, spec), { routedHost: spec.hosts[0], routedRevision: 1 });
  const off = { ...job, sitesDomain: '' };
  const without = await specOf(off);
  t.deepEqual(without.hosts, [name]);
  t.is(routedRow(off, without).routedHost, '', 'a domain is not taken for the host of the site’s name');
});
