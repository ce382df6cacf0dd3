// Who uses machines: what nft and the kernel print is read as it is.
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import test from 'ava';
import { connectedTo, openedOf } from '../../stacks/visits.ts';

test('a connection that is open is found, and one that listens or is closed is not', async (t) => {
  // An address of the loopback interface that nobody else has a connection to.
  const address = `127.${process.pid % 200}.77.${(process.pid % 200) + 1}`;
  const look = async () => connectedTo(await readFile('/proc/net/tcp', 'latin1')).includes(address);
  const server = createServer().listen(0, address);
  await once(server, 'listening');
  t.false(await look());
  const socket = connect((server.address() as AddressInfo).port, address);
  await once(socket, 'connect');
  t.true(await look());
  const closed = once(server, 'close');
  server.close();
  server.once('connection', (other) => other.destroy());
  socket.destroy();
  await closed;
  t.false(await look());
});

test('it is told how long ago a connection was opened', (t) => {
  const set = { family: 'inet', name: 'visited', table: 'webhoster-x', type: 'ipv4_addr', timeout: 86_400 };
  const elem = [{ elem: { val: '192.0.2.7', expires: 86_100 } }];
  const list = (found: object) =>
    JSON.stringify({ nftables: [{ metainfo: {} }, others, { set: { ...set, ...found } }] });
  const others = { set: { family: 'inet', name: 'visited', table: 'webhoster-y', elem: ['192.0.2.8'] } };
  t.deepEqual(openedOf(list({ elem }), 'webhoster-x'), [['192.0.2.7', 300_000]]);
  t.deepEqual(openedOf(list({}), 'webhoster-x'), []);
  t.deepEqual(openedOf(list({ elem }), 'webhoster-z'), []);
});
