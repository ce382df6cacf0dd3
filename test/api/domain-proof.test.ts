// Whose a domain is and where it leads, asked of a real DNS server; and that nobody else is asked for anything.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { whereabouts } from '../../api/config/sites.ts';
import { codes, elsewhere, here, look, name, path, proof, reached, siteHost, token } from './domain-look.ts';

test('addresses that are this server’s, and the TXT record', async (t) => {
  const looked = await look(t, { records: [`host-record=${name},${here}`, proof] });
  t.deepEqual(looked.missing, []);
  t.deepEqual(looked.serverAddresses, [here]);
  t.deepEqual(looked.asked, reached);
  t.deepEqual(readdirSync(join(looked.directory, 'challenges')), [], 'the file is gone again');
});

test('a CNAME to the host of one’s own site needs nothing else', async (t) => {
  const records = [`cname=${name},${siteHost}`, `host-record=${siteHost},${here}`];
  const looked = await look(t, { records });
  t.deepEqual(looked.missing, []);
  t.deepEqual(looked.asked, reached);
});

test('so does one by way of others', async (t) => {
  const records = [
    `cname=${name},a.shop.com`,
    `cname=a.shop.com,${siteHost.toUpperCase()}`,
    `cname=${siteHost},service.com`,
  ];
  t.deepEqual(codes(await look(t, { records })), []);
});

test('a CNAME to the host of another user’s site proves nothing, nor does one to the service', async (t) => {
  for (const host of ['other.sites.com', 'sub.gildong.sites.com', 'service.com']) {
    const records = [`cname=${name},${host}`, ...(host === 'service.com' ? [] : [`host-record=${host},${here}`])];
    const looked = await look(t, { records });
    t.deepEqual(codes(looked), ['no_record'], host);
    t.deepEqual(looked.asked, []);
  }
});

test('where sites have no hosts, a name is not mistaken for one', async (t) => {
  const claim = { siteHost: null as unknown as string };
  const looked = await look(t, { records: [`cname=${name},${siteHost}`, `host-record=${siteHost},${here}`], claim });
  t.deepEqual(codes(looked), ['no_record']);
});

test('to point here alone proves nothing: every user’s domain does', async (t) => {
  const looked = await look(t, { records: [`host-record=${name},${here}`] });
  t.deepEqual(codes(looked), ['no_record']);
  t.deepEqual(looked.asked, []);
});

test('another user’s TXT record proves nothing, and what stands there is told, in parts', async (t) => {
  const others = [`txt-record=_webhoster.${name},of-another-user`, `txt-record=_webhoster.${name},${'x'.repeat(200)}`];
  const { missing } = await look(t, { records: [`host-record=${name},${here}`, ...others] });
  t.is(missing[0]?.code, 'other_record');
  t.deepEqual(missing[0]?.found.toSorted(), ['of-another-user', 'x'.repeat(100)]);
});

test('one’s own TXT record among others counts, in pieces too', async (t) => {
  const records = [
    `host-record=${name},${here}`,
    `txt-record=_webhoster.${name},v=spf1 -all`,
    `txt-record=_webhoster.${name},${token.slice(0, 9)},${token.slice(9)}`,
  ];
  t.deepEqual(codes(await look(t, { records })), []);
});

test('a TXT record of the domain itself, or of the one above, proves nothing', async (t) => {
  const records = [
    `host-record=${name},${here}`,
    `txt-record=${name},${token}`,
    `txt-record=_webhoster.shop.com,${token}`,
  ];
  t.deepEqual(codes(await look(t, { records })), ['no_record']);
});

test('no such name, or one without an address', async (t) => {
  for (const records of [[], [`txt-record=${name},x`], [`cname=${name},nowhere.com`, 'txt-record=nowhere.com,x']]) {
    const looked = await look(t, { records: [...records, proof] });
    t.deepEqual(codes(looked), ['no_such_name']);
    t.deepEqual(looked.serverAddresses, [here], 'where it has to lead, is told all the same');
  }
});

for (const [what, addresses, found] of [
  ['an address', elsewhere, [elsewhere]],
  ['one of two addresses', `${here},::2`, ['::2']],
  ['all addresses', `${elsewhere},2001:db8::7`, [elsewhere, '2001:db8::7']],
] as const)
  test(`${what} of another server: told, and never connected to`, async (t) => {
    const looked = await look(t, { records: [`host-record=${name},${addresses}`, proof] });
    t.deepEqual(looked.missing, [{ code: 'points_elsewhere', found: [...found] }]);
    t.deepEqual(looked.asked, []);
    t.false(existsSync(join(looked.directory, 'challenges')), 'nothing was prepared');
  });

test('what is missing is told at once, not one after the other', async (t) => {
  t.deepEqual(codes(await look(t, { records: [] })), ['no_such_name', 'no_record']);
});

test('which addresses are this server’s, the operator may say', async (t) => {
  const records = [`host-record=${name},${elsewhere}`, proof];
  const change = { publicAddresses: [elsewhere, '2001:DB8:0::7'] };
  const looked = await look(t, { records, change });
  t.deepEqual(looked.missing, []);
  t.deepEqual(looked.serverAddresses, [elsewhere, '2001:db8::7']);
  t.deepEqual(looked.asked, [`${elsewhere} ${name} ${path}`]);
  t.deepEqual(codes(await look(t, { records: [`host-record=${name},${here}`, proof], change })), ['points_elsewhere']);
});

test('where this server’s names have no addresses, that is said', async (t) => {
  const change = { serverNames: ['unknown.com'] };
  t.deepEqual(codes(await look(t, { records: [`host-record=${name},${here}`, proof], change })), ['server_unknown']);
});

test('an IPv6 address and localhost are their own addresses', async (t) => {
  for (const [serverNames, expected] of [
    [['[2001:db8::7]'], ['2001:db8::7']],
    [['192.0.2.7'], ['192.0.2.7']],
    [
      ['localhost', 'webhoster.localhost'],
      ['127.0.0.1', '::1'],
    ],
  ])
    t.deepEqual(
      (await look(t, { records: [], change: { serverNames } as object })).serverAddresses,
      expected as string[],
    );
});

/** A name server that fails: it answers every question with SERVFAIL (RFC 1035, 4.1.1). */
async function failingServer(t: ExecutionContext): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    question.writeUInt16BE(0x8182, 2);
    socket.send(question, port, address);
  });
  socket.bind(0, here);
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  return `${here}#${socket.address().port}`;
}

test('a DNS that fails tells nothing, whatever is asked', async (t) => {
  const failing = await failingServer(t);
  const domain = await look(t, { records: [`server=/${name}/${failing}`] });
  t.deepEqual(codes(domain), ['dns_silent', 'dns_silent']);
  t.regex(domain.missing[0]?.found[0] ?? '', /^A, AAAA www\.shop\.com: ESERVFAIL$/);
  const text = await look(t, { records: [`host-record=${name},${here}`, `server=/_webhoster.${name}/${failing}`] });
  t.deepEqual(text.missing, [{ code: 'dns_silent', found: [`TXT _webhoster.${name}: ESERVFAIL`] }]);
  const own = await look(t, {
    records: [`host-record=${name},${elsewhere}`, proof, `server=/other.com/${failing}`],
    change: { serverNames: ['service.com', 'other.com'] },
  });
  t.deepEqual(codes(own), ['dns_silent'], 'elsewhere may be here, as not all of here is known');
});

test('a DNS that is not there tells nothing, within seconds', async (t) => {
  for (const dnsServers of [['127.0.0.1:9'], ['127.0.0.9:5399']]) {
    const begun = performance.now();
    t.deepEqual(codes(await look(t, { records: [], change: { dnsServers } })), ['dns_silent', 'dns_silent']);
    t.true(performance.now() - begun < 20_000);
  }
});

test('where a domain has to lead, as the configuration says', (t) => {
  const config = {
    PUBLIC_ADDRESSES: [],
    DNS_SERVERS: ['9.9.9.9'],
    PROXY_SITES_DIR: '/sites',
    PROXY_CONTROL_SOCKET: '/s',
  };
  const of = (PUBLIC_URL: string, SITES_DOMAIN?: string) => whereabouts({ ...config, PUBLIC_URL, SITES_DOMAIN });
  t.like(of('https://service.com', 'sites.com'), { serverNames: ['service.com', 'webhoster.sites.com'], port: 80 });
  t.like(of('https://service.com:8443', 'off'), { serverNames: ['service.com'], port: 80 });
  t.like(of('http://localhost:8480'), { serverNames: ['localhost', 'webhoster.localhost'], port: 8480 });
});
