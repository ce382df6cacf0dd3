// A proxy of the operator's in front of ours (C31): whose word on the client's address and encryption counts, a real nginx.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import test from 'ava';
import { freePorts } from '../../scripts/dev/ports.ts';
import {
  answerAsAsked,
  ask,
  startEdge,
  startTenant,
  type Tenant,
  type TestEdge,
  untilClosed,
} from '../support/proxy/edge.ts';

let tenant: Tenant;
/** One that trusts 127.0.0.2, and knows of two more that may stand before that; and one that trusts nobody. */
let edge: TestEdge;
let alone: TestEdge;
/** One to which they speak the PROXY protocol. */
let protocol: TestEdge;
const protocolPorts = { http: 0, https: 0 };

test.before(async () => {
  tenant = await startTenant(answerAsAsked);
  const options = { apiPort: tenant.port, sites: { 1: tenant.port }, httpsRedirect: 'on' as const };
  const trustedProxies = ['127.0.0.2', '192.0.2.0/24', '2001:db8::/32'];
  const [http = 0, https = 0] = await freePorts(2);
  Object.assign(protocolPorts, { http, https });
  [edge, alone, protocol] = await Promise.all([
    startEdge({ ...options, trustedProxies }),
    startEdge(options),
    startEdge({ ...options, trustedProxies, proxyProtocolPorts: protocolPorts }),
  ]);
});
test.after.always(() => Promise.all([edge.stop(), alone.stop(), protocol.stop(), tenant.stop()]));

/** What the site is told of a client that comes from a local address with these headers. */
async function told(at: TestEdge, localAddress: string, headers: Record<string, string>) {
  const place = { host: '127.0.0.1', localAddress, port: at.httpPort, path: '/1/', agent: false };
  const asked = request({ ...place, headers: { host: 'localhost', ...headers } });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  if (response.statusCode !== 200) return { status: response.statusCode, location: response.headers.location };
  const got = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
  return { address: got['x-forwarded-for'], realAddress: got['x-real-ip'], scheme: got['x-forwarded-proto'] };
}

const relayed = (address: string, scheme: string) => ({ 'X-Forwarded-For': address, 'X-Forwarded-Proto': scheme });

test('a trusted proxy tells who the client is, and that it came encrypted', async (t) => {
  for (const [forwarded, client] of [
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db9::7', '2001:db9::7'],
    // What the client itself wrote stands first, and trusted ones after the client.
    ['10.0.0.1, 203.0.113.9', '203.0.113.9'],
    ['10.0.0.1, 203.0.113.9, 192.0.2.7', '203.0.113.9'],
    ['10.0.0.1, 203.0.113.9, 2001:db8::1, 192.0.2.7', '203.0.113.9'],
  ] as const)
    for (const scheme of ['https', 'HTTPS', 'https, http'])
      t.deepEqual(
        await told(edge, '127.0.0.2', relayed(forwarded, scheme)),
        { address: client, realAddress: client, scheme: 'https' },
        forwarded,
      );
});

test('whoever else says so is taken for what they are', async (t) => {
  const inClear = { status: 308, location: `https://localhost:${edge.httpsPort}/1/` };
  t.deepEqual(await told(edge, '127.0.0.3', relayed('203.0.113.9', 'https')), inClear);
  t.like(await told(alone, '127.0.0.2', relayed('203.0.113.9', 'https')), { status: 308 });
  const { text } = await ask(edge, '/1/', { secure: true, headers: relayed('203.0.113.9', 'http') });
  t.like(JSON.parse(text), { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' });
});

test('what a trusted one relays without encryption is sent on to HTTPS, once', async (t) => {
  for (const scheme of ['http', 'http, https', 'gopher', 'httpsx', ''])
    t.like(await told(edge, '127.0.0.2', relayed('203.0.113.9', scheme)), { status: 308 }, scheme);
});

/** What the site is told when this line of the PROXY protocol comes first, from a local address. */
async function toldByProtocol(localAddress: string, line: string, headers = ''): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: protocolPorts.http, localAddress });
  socket.write(`${line}\r\nGET /1/ HTTP/1.1\r\nHost: localhost\r\n${headers}Connection: close\r\n\r\n`);
  return untilClosed(socket);
}

test('the PROXY protocol has ports of its own, and is believed from the same', async (t) => {
  const encrypted = `PROXY TCP4 203.0.113.9 192.0.2.7 5555 ${protocol.httpsPort}`;
  const believed = await toldByProtocol('127.0.0.2', encrypted, 'X-Forwarded-For: 10.0.0.1\r\n');
  t.regex(believed, /^HTTP\/1\.1 200 /);
  t.regex(believed, /"x-forwarded-for":"203\.0\.113\.9","x-forwarded-proto":"https"/);
  t.regex(await toldByProtocol('127.0.0.2', 'PROXY TCP4 203.0.113.9 192.0.2.7 5555 80'), /^HTTP\/1\.1 308 /);
  t.regex(await toldByProtocol('127.0.0.3', encrypted), /^HTTP\/1\.1 308 /, 'from somebody else');
  const forged = await toldByProtocol(
    '127.0.0.2',
    'PROXY TCP4 203.0.113.9 192.0.2.7 5555 80',
    'X-Forwarded-Proto: https\r\n',
  );
  t.regex(forged, /^HTTP\/1\.1 308 /, 'a client writes its headers itself');
  t.is(await toldByProtocol('127.0.0.2', 'no such protocol'), '');
  t.like(await told(protocol, '127.0.0.2', relayed('203.0.113.9', 'https')), { status: 308 }, 'on the usual port');
});

test('HTTP and HTTPS answer on IPv6', async (t) => {
  for (const url of [`http://[::1]:${alone.httpPort}`, `http://[::1]:${edge.httpPort}`]) {
    const response = await fetch(`${url}/2/`, { redirect: 'manual' });
    t.is(response.status, 308);
  }
});
