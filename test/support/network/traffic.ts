// Traffic of one machine with another, which runs this with `serve`. Prints what came of it, as JSON.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** What can be done, and what is told of it. */
export interface Errands {
  /** Milliseconds that it takes to send so many bytes, or to be sent them. Null when there is no connection. */
  send: number | null;
  receive: number | null;
  /** Of so many connections, how many come about; and over how many of these, all open, one is then still answered. */
  connect: { opened: number; answered: number };
}

/** A port that takes all that comes, and one that gives as many bytes as it is told to. */
const [sink, source] = [22, 80];
/** Milliseconds until a connection counts as refused: the kernel has tried four times by then. */
const patience = 8_000;

async function serve(): Promise<void> {
  const servers = [
    createServer((socket) => socket.resume().on('error', () => undefined)).listen(sink),
    createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (size) => socket.write(Buffer.alloc(Number(size))));
    }).listen({ port: source, backlog: 4_096 }),
  ];
  await Promise.all(servers.map((server) => once(server, 'listening')));
  console.log('"ready"');
}

async function open(host: string, port: number): Promise<Socket | null> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(patience) });
    return socket;
  } catch {
    socket.destroy();
    return null;
  }
}

async function send(host: string, bytes: number): Promise<number | null> {
  const socket = await open(host, sink);
  if (!socket) return null;
  const start = performance.now();
  // The other end closes it when it has all.
  await once(socket.end(Buffer.alloc(bytes)).resume(), 'end');
  return performance.now() - start;
}

async function receive(host: string, bytes: number): Promise<number | null> {
  const socket = await open(host, source);
  if (!socket) return null;
  const start = performance.now();
  await take(socket, bytes);
  return performance.now() - start;
}

async function take(socket: Socket, bytes: number): Promise<void> {
  socket.write(String(bytes));
  let missing = bytes;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    missing -= chunk.length;
    if (missing <= 0) return;
  }
}

/** Keeps them open until this process is ended. */
async function connectOften(host: string, times: number): Promise<Errands['connect']> {
  const sockets = await Promise.all(Array.from({ length: times }, () => open(host, source)));
  const opened = sockets.filter((socket) => socket !== null);
  const answers = opened.map(async (socket) => {
    socket.write('1');
    await once(socket, 'data', { signal: AbortSignal.timeout(patience) });
  });
  const answered = (await Promise.allSettled(answers)).filter(({ status }) => status === 'fulfilled');
  return { opened: opened.length, answered: answered.length };
}

const [, , errand = '', host = '', amount = '', uid = ''] = process.argv;
if (uid) process.setuid?.(Number(uid));
// It ends with the test, however that ends.
process.stdin
  .once('end', () => process.exit())
  .resume()
  .unref();
if (errand === 'serve') await serve();
else {
  const does = { send, receive, connect: connectOften }[errand as keyof Errands];
  console.log(JSON.stringify(await does(host, Number(amount))));
}
