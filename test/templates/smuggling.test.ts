// Requests that two servers could read differently: none gets past the proxy as another than it was, or as two.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import test from 'ava';
import { startEdge, type TestEdge, untilClosed } from '../support/proxy/edge.ts';

/** Stands for the api, and believes nothing: it takes down the bytes of each connection, and answers once. */
let upstream: Server;
let received: string[];
let edge: TestEdge;

const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

function takeDown(socket: Socket): void {
  const index = received.push('') - 1;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    received[index] += data.toString('latin1');
    if (received[index]?.includes('\r\n\r\n')) socket.end(answer);
  });
}

test.before(async () => {
  received = [];
  upstream = createServer(takeDown).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  edge = await startEdge({ apiPort: port, sites: { 1: port } });
});
test.after.always(async () => {
  await edge.stop();
  upstream.close();
});

/** What comes back for these bytes, and what arrived behind the proxy. */
async function send(bytes: string): Promise<{ statuses: number[]; arrived: string[] }> {
  received.length = 0;
  const socket = connect(edge.httpPort, '127.0.0.1');
  socket.write(bytes, 'latin1');
  // Where the proxy waits for more, nothing more comes.
  socket.setTimeout(3_000, () => socket.destroy());
  const text = await untilClosed(socket);
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  return { statuses, arrived: [...received] };
}

const planted = 'GET /api/v1/planted HTTP/1.1\r\nHost: localhost\r\n\r\n';
const chunked = `0\r\n\r\n${planted}`;

/** Of a request with a body, by what is wrong with it: the header's lines about its length, and the body. */
const contradictions: Record<string, [header: string, body: string]> = {
  'CL.TE: a length beside chunks': [`Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n`, chunked],
  'TE.CL: chunks beside a length': [
    'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
    `5c\r\n${planted}\r\n0\r\n\r\n`,
  ],
  'TE.TE: twice': ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', chunked],
  'TE.TE: twice, once unknown': ['Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', chunked],
  'TE.TE: a list': ['Transfer-Encoding: chunked, identity\r\n', chunked],
  'TE.TE: another one': ['Transfer-Encoding: xchunked\r\n', chunked],
  'TE.TE: before a tab': ['Transfer-Encoding: chunked\t\r\nContent-Length: 4\r\n', chunked],
  'TE.TE: after a vertical tab': ['Transfer-Encoding: \x0bchunked\r\n', chunked],
  'TE.TE: in quotes': ['Transfer-Encoding: "chunked"\r\n', chunked],
  'a folded line': ['Transfer-Encoding:\r\n chunked\r\n', chunked],
  'a folded line before a length': ['X-Folded: a\r\n Content-Length: 60\r\nContent-Length: 0\r\n', planted],
  'two lengths': ['Content-Length: 0\r\nContent-Length: 60\r\n', planted],
  'the same length twice': ['Content-Length: 4\r\nContent-Length: 4\r\n', 'body'],
  'two lengths in one line': ['Content-Length: 0, 60\r\n', planted],
  'a length with a sign': ['Content-Length: +4\r\n', 'body'],
  'a negative length': ['Content-Length: -1\r\n', planted],
  'a length in hexadecimal': ['Content-Length: 0x4\r\n', 'body'],
  'a length that overflows': ['Content-Length: 18446744073709551616\r\n', planted],
  'a chunk whose size overflows': ['Transfer-Encoding: chunked\r\n', `10000000000000000\r\n${planted}`],
  'a chunk without a size': ['Transfer-Encoding: chunked\r\n', `\r\n${planted}`],
  'a space before the colon': [`Content-Length : ${planted.length}\r\nContent-Length: 0\r\n`, planted],
  'NUL in a header': ['X-Null: a\0b\r\nContent-Length: 0\r\n', planted],
};
for (const [what, [header, body]] of Object.entries(contradictions)) {
  for (const path of ['/api/v1/auth/login', '/1/']) {
    test.serial(`${what}, to ${path}, is refused and reaches nobody`, async (t) => {
      const { statuses, arrived } = await send(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n${body}`);
      // 501: a coding that the proxy does not know (RFC 9112, 6.1). Nothing after it is read as another request.
      t.true(statuses.length === 1 && [400, 501].includes(statuses[0] ?? 0), String(statuses));
      t.deepEqual(arrived, []);
    });
  }
}

/** Bodies that look like requests, in ways that nobody reads differently. */
const sound: Record<string, [header: string, body: string]> = {
  'with a length': [`Content-Length: ${planted.length}\r\n`, planted],
  'in chunks': ['Transfer-Encoding: chunked\r\n', `${planted.length.toString(16)}\r\n${planted}\r\n0\r\n\r\n`],
};
for (const [what, [header, body]] of Object.entries(sound)) {
  test.serial(`a body that looks like a request, ${what}, arrives as a body`, async (t) => {
    const head = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
    const { statuses, arrived } = await send(`${head}${header}\r\n${body}`);
    t.deepEqual(statuses, [200]);
    t.is(arrived.length, 1);
    t.regex(arrived[0] ?? '', /^POST \/api\/v1\/auth\/login HTTP\/1\.1\r\n/);
    t.is(arrived[0]?.match(/^content-length: \d+\r$/gim)?.length, 1, 'one length, which the proxy counted');
    t.notRegex(arrived[0] ?? '', /^transfer-encoding:/im);
  });
}

test.serial('two requests that the proxy sees as two arrive as two, each with who sent it', async (t) => {
  const { arrived } = await send(`GET /api/v1/first HTTP/1.1\r\nHost: localhost\r\n\r\n${planted}`);
  t.is(arrived.length, 2);
  for (const one of arrived) t.regex(one, /^X-Real-IP: 127\.0\.0\.1\r$/m);
});
