// A web server of a tenant that tells what arrived, and answers as it is asked to.
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import type { Tenant } from './edge.ts';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Answers with the first line as it arrived, byte for byte. `?big=n` adds a header of n bytes, `?sleep=ms` waits first,
 * `?events=close|chunked|accelerated` sends three events with 300 ms between, `?silent=ms` is a WebSocket that says one word
 * after that time, `?h=Name: value` adds a header.
 */
export async function startEchoSite(): Promise<Tenant> {
  const server: Server = createServer((socket) => {
    let got = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      got += data.toString('latin1');
      const end = got.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [line = ''] = got.split('\r\n');
      const key = /^sec-websocket-key: *(.*)$/im.exec(got)?.[1]?.trim();
      got = '';
      answer(socket, line, key);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { port, server: server as Tenant['server'], stop: async () => void (await once(server.close(), 'close')) };
}

function answer(socket: import('node:net').Socket, line: string, key: string | undefined): void {
  const target = /^\S+ (.*) HTTP\/1\.[01]$/s.exec(line)?.[1] ?? '';
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  const number = (name: string) => Number(query.get(name) ?? 0);
  const events = query.get('events');
  if (query.has('silent')) return beginWebSocket(socket, key ?? '', number('silent'));
  if (events) return sendEvents(socket, events);
  const head = ['HTTP/1.1 200 OK', `Content-Length: ${Buffer.byteLength(line, 'latin1')}`, 'Connection: close'];
  if (query.has('big')) head.push(`X-Big: ${'x'.repeat(number('big'))}`);
  head.push(...query.getAll('h'));
  setTimeout(() => socket.end(`${head.join('\r\n')}\r\n\r\n${line}`, 'latin1'), number('sleep'));
}

function sendEvents(socket: import('node:net').Socket, form: string): void {
  const chunked = form === 'chunked';
  const head = ['HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Connection: close'];
  if (chunked) head.push('Transfer-Encoding: chunked');
  if (form === 'accelerated') head.push('X-Accel-Buffering: no');
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  let sent = 0;
  const timer = setInterval(() => {
    const event = `data: ${sent++}\n\n`;
    socket.write(chunked ? `${event.length.toString(16)}\r\n${event}\r\n` : event);
    if (sent < 3) return;
    clearInterval(timer);
    socket.end(chunked ? '0\r\n\r\n' : '');
  }, 300);
}

function beginWebSocket(socket: import('node:net').Socket, key: string, after: number): void {
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
  const head = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  setTimeout(() => socket.end(Buffer.from([0x81, 4, ...Buffer.from('word')])), after);
}
