// Who looks at which domain when: several workers, and users who change something meanwhile.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { Op } from 'sequelize';
import { checkDueDomains } from '../../api/domains/check.ts';
import { call } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';
import { codesOf, DomainWorld, here, unused } from './domain-world.ts';

let world: DomainWorld;
test.before(async () => {
  world = await DomainWorld.start();
});
test.after.always(() => world.stop());

/** A name server that takes questions and never answers: what is asked of it takes seconds. */
async function silentServer(t: ExecutionContext): Promise<string> {
  const socket = createSocket('udp4').bind(0, here);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return `${here}:${socket.address().port}`;
}

/** A worker has begun to look at it. */
async function untilTaken(name: string): Promise<void> {
  while ((await world.api.models.Domain.count({ where: { name, nextCheckAt: { [Op.lte]: new Date() } } })) > 0)
    await delay(20);
}

test.serial('many are looked at by several workers, each once', async (t) => {
  const account = await ownerOf(world.api, 'running');
  await world.dns.serve([]);
  for (let more = 0; more < 10; more++) await world.add(account, unused());
  await Promise.all([checkDueDomains(world.checks), checkDueDomains(world.checks)]);
  const rows = await world.api.models.Domain.findAll({ where: { userId: account.id } });
  t.is(rows.filter(({ checkedAt }) => checkedAt !== null).length, 10);
  t.true(rows.every(({ nextCheckAt }) => (nextCheckAt?.getTime() ?? 0) > Date.now() + 50_000));
});

test.serial('a domain that is removed while it is looked at stays removed', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.dns.serve([]);
  await world.add(account, name);
  const dnsServers = [await silentServer(t)];
  const looking = checkDueDomains({ ...world.checks, whereabouts: { ...world.checks.whereabouts, dnsServers } });
  await untilTaken(name);
  t.is((await call(world.api, 'DELETE', `/host/my/domains/${name}`, account)).status, 200);
  await looking;
  t.is(await world.api.models.Domain.count({ where: { name } }), 0);
});

test.serial('a look that is asked for during another comes after it', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  await world.dns.serve([]);
  await world.add(account, name);
  const dnsServers = [await silentServer(t)];
  const looking = checkDueDomains({ ...world.checks, whereabouts: { ...world.checks.whereabouts, dnsServers } });
  await untilTaken(name);
  t.is((await call(world.api, 'POST', `/host/my/domains/${name}/check`, account)).status, 200);
  await looking;
  await checkDueDomains(world.checks);
  t.deepEqual(codesOf(await world.rowOf(account.id, name)), ['no_such_name', 'no_record']);
});

test.serial('a domain that has become the service’s own is let go at once', async (t) => {
  const account = await ownerOf(world.api, 'running');
  const name = unused();
  const row = { userId: account.id, name, token: 'x', state: 'active' as const, nextCheckAt: new Date(0) };
  const domain = await world.api.models.Domain.create(row);
  await checkDueDomains({ ...world.checks, serviceHosts: [`host.${name}`] });
  t.is((await domain.reload()).state, 'released');
  t.is(await world.revisionOf(account), 1);
});
