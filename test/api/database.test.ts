// What a server of PostgreSQL may do to those who connect.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { connectDatabase } from '../../api/stores/database.ts';

/** A message of PostgreSQL's protocol (PostgreSQL 15, 55.7). */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('one that lets somebody in and shuts down in the same breath fails their query, and nothing else', async (t) => {
  const letIn = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
  const shutsDown = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([...letIn, shutsDown])));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const database = connectDatabase(`postgres://somebody:x@127.0.0.1:${port}/x`);
  t.teardown(() => database.close());
  await t.throwsAsync(database.query('SELECT 1'), { message: /connection error/ });
});
