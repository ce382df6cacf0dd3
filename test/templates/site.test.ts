import test from 'ava';
import { renderCertificates, renderSite } from '../../templates/site.ts';

const machine = { userId: 42, address: '10.0.0.9', sshPort: 10_007, suspended: false };
const site = { ...machine, hosts: ['gildong.localhost'], certificates: {} };

test('a site is a route, and a file that leads to it for its port and each host', (t) => {
  const { 'ids/42': route = '', ...leading } = renderSite(site);
  const leadingHere = ['ports/10007', 'hosts/gildong.localhost'];
  t.deepEqual(JSON.parse(route), { web: '10.0.0.9:80', ssh: '10.0.0.9:22', host: 'gildong.localhost', leadingHere });
  t.deepEqual(leading, { 'ports/10007': '42\n', 'hosts/gildong.localhost': '42\n' });
});

test('the route is written first: it tells of the others', (t) => {
  t.is(Object.keys(renderSite(site))[0], 'ids/42');
});

test('a certificate is a file of its own, which the route tells of and no other file holds', (t) => {
  const certified = { ...site, certificates: { 'gildong.localhost': 'a secret' } };
  t.deepEqual(renderCertificates(certified), { 'certificates/gildong.localhost': 'a secret' });
  const files = renderSite(certified);
  const route = JSON.parse(files['ids/42'] ?? '') as { leadingHere: string[] };
  t.deepEqual(route.leadingHere, ['ports/10007', 'hosts/gildong.localhost', 'certificates/gildong.localhost']);
  t.false(JSON.stringify(files).includes('a secret'));
});

test('a suspended site has the same files, and leads to no machine', (t) => {
  const files = renderSite({ ...site, suspended: true });
  t.deepEqual(Object.keys(files), Object.keys(renderSite(site)));
  t.like(JSON.parse(files['ids/42'] ?? ''), { web: 'suspended', ssh: '' });
});
