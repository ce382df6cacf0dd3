// Those who connect to an SSH server and never log in.
import { connect, type Socket } from 'node:net';
import { Client } from 'ssh2';

export interface Stranger {
  leave: () => void;
}

/** Somebody who connects from a loopback address, and says no more than a greeting. */
export async function greet(port: number, localAddress: string): Promise<Stranger> {
  const socket: Socket = connect({ port, host: '127.0.0.1', localAddress });
  const { promise: heard, resolve } = Promise.withResolvers<void>();
  // Who is turned away is no stranger there; tests count those who are.
  socket.on('error', () => undefined);
  socket.once('data', () => resolve()).once('close', () => resolve());
  socket.write('SSH-2.0-stranger\r\n');
  await heard;
  return { leave: () => socket.destroy() };
}

/** Somebody who exchanges keys, is asked to log in, and does not. */
export async function hesitate(port: number, localAddress: string): Promise<Stranger> {
  const client = new Client();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  client.on('error', () => resolve());
  // It calls neither back nor returns a method, so nothing is sent.
  const authHandler = () => resolve();
  const options = { port, host: '127.0.0.1', localAddress, username: 'ubuntu', readyTimeout: 0 };
  client.connect({ ...options, authHandler: authHandler });
  await asked;
  return { leave: () => client.destroy() };
}

/** So many from each of so many addresses. */
export function gather(come: typeof greet, port: number, addresses: number, each: number): Promise<Stranger[]> {
  const from = Array.from({ length: addresses }, (_, index) => `127.0.7.${index + 1}`);
  return Promise.all(from.flatMap((address) => Array.from({ length: each }, () => come(port, address))));
}
