// What a site may expect of the proxy, below its path and at its host: a real nginx before a server that tells what arrived.
import { once } from 'node:events';
import { connect } from 'node:net';
import test from 'ava';
import { startEchoSite } from '../support/proxy/echo-site.ts';
import { ask, startEdge, startTenant, type Tenant, type TestEdge, untilClosed } from '../support/proxy/edge.ts';

let edge: TestEdge;
let site: Tenant;
let silent: Tenant;

test.before(async () => {
  site = await startEchoSite();
  silent = await startTenant(() => undefined);
  edge = await startEdge({ apiPort: 9, sites: {}, answerSeconds: 2 });
  edge.setSite(6, { web: site.port, hosts: ['six.localhost'] });
  edge.setSite(7, { web: silent.port, hosts: ['seven.localhost'] });
  edge.setSite(8, { web: 9, hosts: ['eight.localhost'] });
});
test.after.always(() => Promise.all([edge.stop(), site.stop(), silent.stop()]));

/** Both addresses of the site. */
const addresses = [
  { name: 'path', host: 'localhost', prefix: '/6' },
  { name: 'host', host: 'six.localhost', prefix: '' },
];

/** All that is answered to a request that is sent as it is. */
async function answerTo(target: string, host: string, more = ''): Promise<string> {
  const socket = connect(edge.httpPort, '127.0.0.1');
  socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`, 'latin1'));
  return untilClosed(socket);
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

for (const { name, host, prefix } of addresses) {
  test(`${name}: an address arrives byte for byte (nginx#501)`, async (t) => {
    t.timeout(120_000);
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    const raw = bytes.filter((byte) => byte > 0x20 && byte !== 0x7f).map((byte) => String.fromCharCode(byte));
    const encoded = bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
    const special = ['a//b', 'a/../b', 'a/./b', 'a%2Fb', 'a%0Ab', '?', '?a?b', '?q=%2F/..//'];
    for (const piece of [
      ...raw.map((one) => `a${one}b`),
      ...encoded.map((one) => `a${one}b`),
      ...raw.map((one) => `a?b${one}c`),
      ...special,
    ]) {
      const answer = await answerTo(`${prefix}/${piece}`, host);
      // What nginx itself takes for no address at all, it does not hand on to anybody.
      if (statusOf(answer) === 400) t.regex(piece, /%00|%(?![0-9a-f]{2})|^a\/\.\.\/b$/i, piece);
      else t.is(bodyOf(answer), `GET /${piece} HTTP/1.1`, JSON.stringify(piece));
    }
  });

  test(`${name}: headers of 16 kB pass, and above it a page says so`, async (t) => {
    for (const size of [4_200, 7_000, 15_000, 16_000])
      t.is(statusOf(await answerTo(`${prefix}/?big=${size}`, host)), 200, String(size));
    for (const size of [18_000, 60_000]) {
      const answer = await answerTo(`${prefix}/?big=${size}`, host);
      t.is(statusOf(answer), 502);
      t.regex(answer, /The headers of this site are too large/, String(size));
    }
  });

  for (const form of ['close', 'chunked', 'accelerated'])
    test(`${name}: a stream passes as it comes (${form})`, async (t) => {
      const socket = connect(edge.httpPort, '127.0.0.1');
      socket.write(`GET ${prefix}/?events=${form} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      const times: number[] = [];
      socket.on('data', (data) => {
        if (data.includes('data: ')) times.push(performance.now());
      });
      await once(socket, 'close');
      t.is(times.length, 3);
      t.true((times[2] ?? 0) - (times[0] ?? 0) > 400, 'not all at the end');
    });

  test(`${name}: a WebSocket may be silent for longer than an answer`, async (t) => {
    const upgrade =
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const socket = connect(edge.httpPort, '127.0.0.1');
    socket.write(`GET ${prefix}/?silent=4000 HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n${upgrade}\r\n`);
    const got = await untilClosed(socket);
    t.regex(got, /^HTTP\/1\.1 101 [^]*word$/);
  });

  test(`${name}: an answer that takes too long has a page that says after how long`, async (t) => {
    const answer = await answerTo(name === 'path' ? '/7/' : '/', name === 'path' ? host : 'seven.localhost');
    t.is(statusOf(answer), 504);
    t.regex(answer, /This site is too slow[^]*for 10 minutes/);
    t.is(statusOf(await answerTo(`${prefix}/?sleep=1000`, host)), 200);
  });

  test(`${name}: an upload to a site that is off has the page that says so`, async (t) => {
    const [path, off] = name === 'path' ? ['/8/', host] : ['/', 'eight.localhost'];
    const { status, text } = await ask(edge, path, {
      method: 'POST',
      headers: { host: off },
      body: 'x'.repeat(2_000_000),
    });
    t.is(status, 502);
    t.regex(text, /This site does not answer/);
  });

  test(`${name}: 100 MB is the most, and the page says whose limit it is`, async (t) => {
    const socket = connect(edge.httpPort, '127.0.0.1');
    const length = 100 * 1_048_576 + 1;
    socket.write(`POST ${prefix}/ HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`);
    const answer = await untilClosed(socket);
    t.is(statusOf(answer), 413);
    t.regex(answer, /This upload is too large[^]*100 MB[^]*not the site\S+ limit/);
  });
}

/** Where a site leads, and where a visitor is led: site 6, asked at `localhost:8080` so to say. */
const ledTo: Record<string, string> = {
  '/6/x': '/6/x',
  '/6': '/6',
  '/6?x': '/6?x',
  '/x': '/6/x',
  '/': '/6/',
  '/60/x': '/6/60/x',
  'http://HOST/6/x': '/6/x',
  'http://HOST/x': '/6/x',
  'https://HOST/x': '/6/x',
  'http://localhost/x': '/6/x',
  'http://HOST': '/6/',
  '//HOST/x': '/6/x',
  'http://localhost:1/x': 'http://localhost:1/x',
  'https://example.com/x': 'https://example.com/x',
  '//example.com/x': '//example.com/x',
  x: 'x',
  '../x': '../x',
  '?x': '?x',
};
for (const [given, arrives] of Object.entries(ledTo))
  test(`below its path a site that leads to ${given} leads to ${arrives}`, async (t) => {
    const host = `localhost:${edge.httpPort}`;
    const lead = given.replace('HOST', host);
    const query = new URLSearchParams(
      [`Location: ${lead}`, `Content-Location: ${lead}`, `Refresh: 5; url=${lead}`].map((line): [string, string] => [
        'h',
        line,
      ]),
    ).toString();
    const { headers } = await ask(edge, `/6/?${query}`);
    t.is(headers.location, arrives);
    t.is(headers['content-location'], arrives);
    t.is(headers['refresh'], `5; url=${arrives}`);
  });

test('at its host a site leads where it says', async (t) => {
  for (const lead of ['/6/x', '/x', 'http://six.localhost/x', 'https://example.com/']) {
    const answer = await answerTo(`/?h=${encodeURIComponent(`Location: ${lead}`)}`, 'six.localhost');
    t.regex(answer, new RegExp(`^Location: ${lead}\r$`, 'm'));
  }
});

test('an address in another form is nobody’s site', async (t) => {
  for (const target of ['/%36/x', '//6/x', '/x/../6/a', '/./6/a', '/06/a']) {
    const answer = await answerTo(target, 'localhost');
    t.not(statusOf(answer), 200, target);
  }
  // Named whole, as to a proxy: the host in it counts (RFC 9112, 3.2.2).
  t.is(bodyOf(await answerTo('http://localhost/6/a//b', 'localhost')), 'GET /a//b HTTP/1.1');
  t.is(bodyOf(await answerTo('/6/../7/a', 'localhost')), 'GET /../7/a HTTP/1.1', 'still site 6, which decides');
});
