import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../api/stores/database.ts';
import { requestSleep } from '../../api/operations/sleep.ts';

/** Milliseconds. A create gives up by itself after seven minutes; behind thirty others it waits for these. */
const requestTimeout = 3_600_000;

/** A user, by the way of their API and their visitors. Times are in seconds. */
export class BenchUser {
  readonly id: number;
  readonly #proxy: string;
  readonly #database: Database;
  readonly #authorization: string;

  private constructor(id: number, proxy: string, database: Database, authorization: string) {
    this.id = id;
    this.#proxy = proxy;
    this.#database = database;
    this.#authorization = authorization;
  }

  static async make(proxy: string, database: Database): Promise<BenchUser> {
    const api = `${proxy}/api/v1`;
    const account = { email: `${randomUUID()}@example.com`, username: 'bench', password: randomUUID() };
    const headers = { 'content-type': 'application/json' };
    await expect(201, `${api}/auth/register`, { method: 'POST', headers, body: JSON.stringify(account) });
    const form = new URLSearchParams({ username: account.email, password: account.password });
    const login = await expect(200, `${api}/auth/login`, { method: 'POST', body: form });
    const authorization = `Bearer ${(JSON.parse(login) as { access_token: string }).access_token}`;
    const me = JSON.parse(await expect(200, `${api}/auth/me`, { headers: { authorization } })) as {
      data: { user: { id: number } };
    };
    return new BenchUser(me.data.user.id, proxy, database, authorization);
  }

  /** Until `POST /host` has answered 201. */
  create(sshPublicKey: string, signal: AbortSignal): Promise<number> {
    const body = JSON.stringify({ ssh_public_keys: [sshPublicKey] });
    const headers = { 'content-type': 'application/json' };
    return timed(() => this.#call(201, '/host', { method: 'POST', headers, body, signal }));
  }

  /** Until `DELETE /host/my` has answered 200. */
  remove(signal: AbortSignal): Promise<number> {
    return timed(() => this.#call(200, '/host/my', { method: 'DELETE', signal }));
  }

  /** Until `GET /host/my` has answered 200. */
  look(signal: AbortSignal): Promise<number> {
    return timed(() => this.#call(200, '/host/my', { signal }));
  }

  async hosting(): Promise<{ vm_id: string; ssh_port: number }> {
    const answer = await this.#call(200, '/host/my', {});
    return (JSON.parse(answer) as { data: { hosting: { vm_id: string; ssh_port: number } } }).data.hosting;
  }

  /** Puts the machine to sleep, and waits until it sleeps. @throws when it does not, or the signal is aborted */
  async sleep(signal: AbortSignal): Promise<void> {
    await requestSleep(this.#database, this.id, 'idle');
    for (;;) {
      const { status } = await this.#database.models.Hosting.findByPk(this.id, { rejectOnEmpty: true });
      if (status === 'asleep') return;
      if (status !== 'updating') throw new Error(`The machine did not fall asleep: it is ${status}.`);
      await delay(100, undefined, { signal });
    }
  }

  /** Waits until it runs, and nothing is done with it. */
  async untilAwake(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { status } = await this.#database.models.Hosting.findByPk(this.id, { rejectOnEmpty: true });
      if (status === 'running') return;
      await delay(100, undefined, { signal });
    }
  }

  /** Until the first byte of the site's page, for a visitor who waits. */
  firstByte(signal: AbortSignal): Promise<number> {
    return timed(async () => {
      const response = await fetch(`${this.#proxy}/${this.id}/`, { signal });
      await response.body?.getReader().read();
      if (response.status !== 200) throw new Error(`the site answered ${response.status}`);
    });
  }

  /** Until the SSH server's greeting. */
  async greeting(signal: AbortSignal): Promise<number> {
    const { ssh_port: port } = await this.hosting();
    return timed(async () => {
      const socket = connect({ host: '127.0.0.1', port, signal });
      try {
        const [text] = (await once(socket, 'data', { signal })) as [Buffer];
        if (!text.toString('latin1').startsWith('SSH-2.0-')) throw new Error('no SSH server greets');
      } finally {
        socket.destroy();
      }
    });
  }

  #call(status: number, path: string, { headers, ...init }: RequestInit): Promise<string> {
    const all = { authorization: this.#authorization, ...(headers as Record<string, string> | undefined) };
    return expect(status, `${this.#proxy}/api/v1${path}`, { ...init, headers: all });
  }
}

/** Seconds that it takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1_000;
}

/** The answer as text. @throws with it, when its status is another */
async function expect(status: number, url: string, { signal, ...init }: RequestInit): Promise<string> {
  const limit = AbortSignal.timeout(requestTimeout);
  const response = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url} answered ${response.status}, not ${status}: ${text}`);
  return text;
}
