// That requests for a domain get here: what else may answer, or not, where its records are right.
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { lookAt } from '../../api/domains/proof.ts';
import { proxySettings } from '../../scripts/dev/proxy.ts';
import { DnsServer } from '../support/network/dns-server.ts';
import { startEdge, startTenant } from '../support/proxy/edge.ts';
import { type Answer, claimed, codes, elsewhere, here, look, name, proof, reached } from './domain-look.ts';

const answers: Record<string, [Answer, RegExp]> = {
  'another site of this server’s': [(_, response) => response.end('<h1>My site</h1>'), /another answer$/],
  'what does not know of it': [(_, response) => response.writeHead(404).end(), /HTTP 404$/],
  'a redirect, which is not followed': [
    (_, response) => response.writeHead(302, { Location: `http://${elsewhere}/secrets` }).end(),
    /HTTP 302$/,
  ],
  'what never ends': [
    (_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
      response.once('close', () => clearInterval(timer));
    },
    /another answer$/,
  ],
  'what is silent': [() => undefined, /no answer in 5 s$/],
  'what ends in the middle': [(request) => request.socket.destroy(), /ECONNRESET$/],
  'what is no HTTP': [(request) => request.socket.end('SSH-2.0-x\r\n'), /HPE_INVALID_CONSTANT$/],
};
for (const [what, [answer, sentence]] of Object.entries(answers))
  test(`the records are right, but there is ${what}`, async (t) => {
    const looked = await look(t, { records: [`host-record=${name},${here}`, proof], answer });
    t.is(looked.missing.length, 1);
    t.is(looked.missing[0]?.code, 'not_reached');
    t.regex(looked.missing[0]?.found[0] ?? '', sentence);
    t.deepEqual(looked.asked, reached);
    t.deepEqual(readdirSync(join(looked.directory, 'challenges')), []);
  });

test('nothing listens there', async (t) => {
  const closed = createServer().listen(0, here);
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  await once(closed.close(), 'close');
  const looked = await look(t, { records: [`host-record=${name},${here}`, proof], change: { port } });
  t.regex(looked.missing[0]?.found[0] ?? '', /ECONNREFUSED$/);
});

test('of two addresses it is enough that one answers', async (t) => {
  const records = [`host-record=${name},127.0.0.3,127.0.0.1`, proof];
  const change = { publicAddresses: ['127.0.0.3', here] };
  t.deepEqual(codes(await look(t, { records, change })), []);
});

test('the proxy as it is answers for a domain that it does not serve yet, and for one that it does', async (t) => {
  const tenant = await startTenant((_, response) => response.end('<h1>My site</h1>'));
  t.teardown(() => tenant.stop());
  const edge = await startEdge({ apiPort: 9, sites: {}, httpsRedirect: 'on' });
  t.teardown(() => edge.stop());
  const { directory, httpPort: port } = edge;
  const dns = await DnsServer.start(directory);
  t.teardown(() => dns.stop());
  await dns.serve([`host-record=${name},${here}`, proof]);
  const where = { publicAddresses: [here], serverNames: [], port, dnsServers: [dns.address] };
  const { sites: sitesDirectory, controlSocket } = proxySettings(directory);
  const lookNow = () => lookAt(claimed, { ...where, sitesDirectory, controlSocket });
  t.deepEqual((await lookNow()).missing, []);
  edge.setSite(7, { web: tenant.port, hosts: [name] });
  t.deepEqual((await lookNow()).missing, []);
  const astray = lookAt(claimed, { ...where, sitesDirectory: directory, controlSocket });
  await t.throwsAsync(astray, { message: /Does it have the folder that this was written to/ });
  t.deepEqual(readdirSync(join(directory, 'challenges')), []);
});
