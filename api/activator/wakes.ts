import { HostingBusyError, NotFoundError } from '../errors.ts';
import { fixedWindow, type Limiter } from '../http/limiter.ts';
import { clientNetwork } from '../http/middleware/client-address.ts';
import type { Operation } from '../models/operation.ts';
import { findForVisitor, justFailed, requestWake } from '../operations/sleep.ts';
import { announceProgress } from '../operations/progress.ts';
import type { Services } from '../services.ts';

export type WakeServices = Pick<Services, 'database' | 'redis' | 'progress' | 'logger'> & {
  config: Pick<Services['config'], 'LIMIT_WAKES' | 'BOOT_TIMEOUT_SECONDS'>;
};

/** What a visitor is told: the site answers, there is none that may be woken, or when to ask again; 507 for want of memory. */
export type WakeAnswer = { status: 204 | 404 } | { status: 429 | 503 | 507; retryAfter: number };

/** Seconds after which a visitor may try again when a wake has failed. */
const pauseAfterFailure = 10;
/** And when there was no memory for it: by then others may have settled, or sleep. */
const pauseWithoutMemory = 30;

/** Wakes machines for visitors. All who wait for the same one wait for one operation. */
export class Wakes {
  readonly #services: WakeServices;
  readonly #limiter: Limiter;
  readonly #asked = new Map<string, Promise<WakeAnswer>>();
  readonly #underWay = new Map<number, Promise<WakeAnswer>>();

  constructor(services: WakeServices) {
    this.#services = services;
    // Only what makes a machine wake counts; who joins a wake costs nothing.
    this.#limiter = fixedWindow({ name: 'wakes', times: services.config.LIMIT_WAKES, seconds: 3_600 }, services.redis);
  }

  /** Has a user's machine answer, if it may. @param address of the visitor @param signal aborted when this process stops */
  wake(userId: number, address: string, signal: AbortSignal): Promise<WakeAnswer> {
    const client = clientNetwork(address);
    const key = `${userId} ${client}`;
    // All files of a page that are asked for at the same moment count once.
    const asked = this.#asked.get(key) ?? this.#ask(userId, client, signal).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(userId: number, client: string, signal: AbortSignal): Promise<WakeAnswer> {
    const { database } = this.#services;
    const joined = this.#underWay.get(userId);
    if (joined) return joined;
    const found = await findForVisitor(database, userId);
    if (found === 'never') return { status: 404 };
    if (found === 'awake') return { status: 204 };
    if (found === 'asleep') {
      const { isRefused, seconds } = await this.#limiter.take(client);
      if (isRefused) return { status: 429, retryAfter: Math.max(seconds, 1) };
    }
    return this.#underWay.get(userId) ?? this.#begin(userId, signal);
  }

  #begin(userId: number, signal: AbortSignal): Promise<WakeAnswer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#services.config.BOOT_TIMEOUT_SECONDS * 1_000)]);
    const answer = this.#untilAwake(userId, limit).finally(() => this.#underWay.delete(userId));
    this.#underWay.set(userId, answer);
    return answer;
  }

  /** What else goes on with the machine, as when it is just falling asleep, ends first. */
  async #untilAwake(userId: number, limit: AbortSignal): Promise<WakeAnswer> {
    const { database, progress } = this.#services;
    while (!limit.aborted) {
      const found = await findForVisitor(database, userId);
      if (found === 'never') return { status: 404 };
      if (found === 'awake') return { status: 204 };
      if (found === 'asleep') {
        const failure = await justFailed(database, { userId, kind: 'wake', seconds: pauseAfterFailure });
        if (failure?.code === 'MEMORY_SHORT') return { status: 507, retryAfter: pauseWithoutMemory };
        if (failure) break;
      }
      const operation = found === 'asleep' ? await this.#request(userId) : found;
      if (operation) await progress.ended(operation.id, limit);
    }
    return { status: 503, retryAfter: pauseAfterFailure };
  }

  /** @returns null when somebody else was faster */
  async #request(userId: number): Promise<Operation | null> {
    const { database } = this.#services;
    try {
      const operation = await requestWake(database, userId);
      if (operation) await announceProgress(this.#services, operation.id);
      return operation;
    } catch (error) {
      if (error instanceof HostingBusyError || error instanceof NotFoundError) return null;
      throw error;
    }
  }
}
