import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const libvirtSocket = '/var/run/libvirt/libvirt-sock';

/** A way to the real libvirtd that can be cut, as if libvirtd were down for those who come this way. */
export class LibvirtRelay {
  readonly uri: string;
  readonly #path: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** @param path where the relay's own socket will be */
  constructor(path: string) {
    this.#path = path;
    this.uri = `qemu+unix:///system?socket=${path}`;
  }

  /** Lets everybody through; nothing happens where it does already. */
  async open(): Promise<void> {
    if (this.#server?.listening) return;
    this.#server = createServer((client) => this.#join(client, connect(libvirtSocket))).listen(this.#path);
    await once(this.#server, 'listening');
  }

  /** Drops everybody, and lets nobody in. */
  async cut(): Promise<void> {
    const closed = this.#server && once(this.#server.close(), 'close');
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket, daemon: Socket): void {
    for (const [one, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => this.#sockets.delete(one) && other.destroy());
      one.pipe(other);
    }
  }
}
