// The route of a site follows what it is made of: which hostings are asked for, and which are left alone.
import test from 'ava';
import { sitesDomain } from '../../api/config/sites.ts';
import type { HostingStatus } from '../../api/models/hosting.ts';
import { reconcileRoutes } from '../../api/operations/route.ts';
import { startApi, type TestApi } from '../support/api/api.ts';
import { type Account, call } from '../support/api/calls.ts';
import { ownerOf } from '../support/api/hosting-states.ts';

let api: TestApi;

test.before(async () => {
  api = await startApi();
});
test.after.always(() => api.stop());

const domain = 'sites.example';

async function siteOf(status: HostingStatus, hostOf: (siteName: string) => string | null): Promise<Account> {
  const owner = await ownerOf(api, status);
  const { siteName } = await api.models.User.findByPk(owner.id, { rejectOnEmpty: true });
  await api.models.Hosting.update({ routedHost: hostOf(siteName ?? '') }, { where: { userId: owner.id } });
  return owner;
}

const changes = ({ id }: Account) =>
  api.models.Operation.count({ where: { userId: id, kind: 'route', state: 'queued' } });

test.serial('a hosting whose route was made for another host gets one operation', async (t) => {
  const right = await siteOf('running', (name) => `${name}.${domain}`);
  const cases = await Promise.all([
    siteOf('running', () => null),
    siteOf('running', () => ''),
    siteOf('stopped', () => `former.${domain}`),
    siteOf('suspended', (name) => `${name}.former.example`),
  ]);
  const busy = await Promise.all(
    (['creating', 'updating', 'deleting', 'failed'] as const).map((status) => siteOf(status, () => null)),
  );
  for (let look = 0; look < 2; look++) await reconcileRoutes(api.stores.database, domain);
  t.deepEqual(await Promise.all(cases.map(changes)), [1, 1, 1, 1]);
  t.deepEqual(await Promise.all([right, ...busy].map(changes)), [0, 0, 0, 0, 0]);
  // It goes on as it is: the machine is not touched.
  const [first] = cases;
  t.is((await api.models.Hosting.findByPk(first.id))?.status, 'running');
});

test.serial('a hosting whose route is made of something else now gets one operation', async (t) => {
  const owner = await siteOf('running', (name) => `${name}.${domain}`);
  await api.models.Hosting.increment('routeRevision', { where: { userId: owner.id } });
  await reconcileRoutes(api.stores.database, domain);
  t.is(await changes(owner), 1);
});

test.serial('where sites have no hosts any more, they lose them', async (t) => {
  const owner = await siteOf('running', (name) => `${name}.${domain}`);
  const never = await siteOf('running', () => '');
  await reconcileRoutes(api.stores.database, '');
  t.is(await changes(owner), 1);
  t.is(await changes(never), 0);
});

test.serial('after one that failed, the next waits for ten minutes', async (t) => {
  const owner = await siteOf('running', () => null);
  const failed = await api.models.Operation.create({
    userId: owner.id,
    kind: 'route',
    state: 'failed',
    endedAt: new Date(),
  });
  await reconcileRoutes(api.stores.database, domain);
  t.is(await changes(owner), 0);
  await failed.update({ endedAt: new Date(Date.now() - 601_000) });
  await reconcileRoutes(api.stores.database, domain);
  t.is(await changes(owner), 1);
});

test.serial('the address that is shown is the one that is routed', async (t) => {
  const owner = await siteOf('running', () => null);
  const shown = async () => (await call(api, 'GET', '/host/my', { token: owner.token })).body.data?.['site_url'];
  t.is(await shown(), null);
  await api.models.Hosting.update({ routedHost: '' }, { where: { userId: owner.id } });
  t.is(await shown(), null);
  await api.models.Hosting.update({ routedHost: `gildong.${domain}` }, { where: { userId: owner.id } });
  t.is(await shown(), `http://gildong.${domain}`);
});

test('below which domain sites have hosts', (t) => {
  const of = (PUBLIC_URL: string, SITES_DOMAIN?: string) => sitesDomain({ PUBLIC_URL, SITES_DOMAIN });
  t.is(of('http://localhost:8080'), 'localhost');
  t.is(of('https://host.example'), '', 'there has to be a record first');
  t.is(of('https://host.example', 'sites.example'), 'sites.example');
  t.is(of('http://localhost', 'off'), '');
});
