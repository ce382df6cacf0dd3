// The web server of a tenant whose site has a host of its own, and does there what sites do.
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { serviceWorker } from '../support/browser/site-use.ts';

const page = (title: string, body: string) => `<!doctype html><html><head><title>${title}</title></head>${body}</html>`;

const lax = 'Path=/; HttpOnly; SameSite=Lax';

/** One blank page of a document, as ISO 32000-1 has it (7.5), with the place of each object in its table. */
function blankPaper(): string {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>',
  ].map((object, index) => `${index + 1} 0 obj${object}endobj\n`);
  const before = '%PDF-1.4\n';
  const places = objects.map((_, index) => (before + objects.slice(0, index).join('')).length);
  const entries = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  const body = before + objects.join('');
  return `${body}xref\n0 4\n0000000000 65535 f \n${entries}trailer<</Size 4/Root 1 0 R>>\nstartxref\n${body.length}\n%%EOF\n`;
}

const files: Record<string, { type: string; body: string }> = {
  '/': { type: 'text/html', body: page('a site', '') },
  '/paper.pdf': { type: 'application/pdf', body: blankPaper() },
  '/with-paper': {
    type: 'text/html',
    body: page('with paper', '<embed src="paper.pdf" type="application/pdf" width="300" height="300">'),
  },
  '/worker.js': { type: 'text/javascript', body: serviceWorker },
  '/framing': { type: 'text/html', body: page('framing', '<iframe src="/log-in"></iframe>') },
};

const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void> = {
  // As frameworks do it: the form is this visitor's, as others' pages know no token, and send no cookie along.
  'GET /log-in': (_request, response) => {
    const token = randomBytes(16).toString('hex');
    const form = `<form method="post"><input type="hidden" name="token" value="${token}"><button>in</button></form>`;
    response.writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': `token=${token}; ${lax}` });
    response.end(page('log in', form));
  },
  'POST /log-in': async (request, response) => {
    const sent = await text(request);
    if (!/^token=\w+$/.test(sent) || !request.headers.cookie?.includes(sent)) {
      response.writeHead(403, { 'Content-Type': 'text/html' }).end(page('refused', ''));
      return;
    }
    response.writeHead(303, { 'Set-Cookie': `member=gildong; ${lax}`, Location: '/members' }).end();
  },
  'GET /members': ({ headers }, response) => {
    const [, member = 'nobody'] = /\bmember=(\w+)/.exec(headers.cookie ?? '') ?? [];
    response.setHeader('Content-Type', 'text/html');
    response.end(page(`member: ${member}`, ''));
  },
  'POST /upload': async (request, response) => {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
    }
    response.end(JSON.stringify({ length, sha256: hash.digest('hex') }));
  },
};

export const usualSite: RequestListener = (request, response) => {
  const { method = '', url = '' } = request;
  const answer = answers[`${method} ${url}`];
  const file = files[url];
  if (answer) void answer(request, response);
  else if (file) response.writeHead(200, { 'Content-Type': file.type }).end(file.body);
  else response.writeHead(404).end();
};

/** Opens a WebSocket (RFC 6455), and sends back the one short text that comes over it. */
export function echoOverWebSocket({ headers }: IncomingMessage, socket: Socket): void {
  const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${guid}`).digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  socket.write([...lines, `Sec-WebSocket-Accept: ${accept}`, '', ''].join('\r\n'));
  socket.once('data', (frame) => {
    const length = (frame[1] ?? 0) & 0x7f;
    const mask = frame.subarray(2, 6);
    const text = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    socket.write(Buffer.concat([Buffer.from([0x81, length]), text]));
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}
