import type { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';
import type { SleepReason } from '../models/hosting.ts';
import { justFailed, requestSleep, requestWakeUnlessBusy } from '../operations/sleep.ts';
import type { Database } from '../stores/database.ts';
import type { Idleness } from './idleness.ts';
import { leastIdle } from './memory.ts';
import { pauseAfterFailedSleep, type Admission } from './admission.ts';

/** Name in Redis of who looks, and the seconds after which another may, where that one is gone. */
const turnKey = 'sleep:turn';
const turnSeconds = 120;

/** Seconds until a wake that failed is tried again, unless a visitor asks. */
const pauseAfterFailedWake = 300;

export interface IdleOptions {
  database: Database;
  redis: Redis;
  logger: Logger;
  /** Name of this worker. */
  worker: string;
  idleness: Idleness;
  admission: Pick<Admission, 'relieve'>;
  /** Seconds without use after which a machine sleeps. */
  sleepAfter: number;
}

/**
 * Asks for the sleep of machines that nobody has used for a while: no connection through the proxy was opened or is open, and
 * the processor was quiet. One worker looks, and another where that is gone.
 */
export class IdleWatch {
  readonly #options: IdleOptions;

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  /** @throws LibvirtUnavailableError */
  async look(): Promise<void> {
    const { idleness, admission } = this.#options;
    // Also who has no turn: what wakes a machine here may have to put another to sleep.
    await idleness.look();
    if (!(await this.#hasTurn())) return;
    await this.#sendToSleep();
    await this.#wakeTheVisited();
    await admission.relieve();
  }

  async #sendToSleep(): Promise<void> {
    const { database, logger, idleness, sleepAfter } = this.#options;
    const where = { status: 'running', sleep: 'auto', powered: true } as const;
    const hostings = await database.models.Hosting.findAll({ where });
    const uses = await idleness.of(hostings);
    for (const [index, { userId }] of hostings.entries()) {
      const idle = uses?.[index]?.idle ?? 0;
      if (idle < sleepAfter) continue;
      if (await justFailed(database, { userId, kind: 'sleep', seconds: pauseAfterFailedSleep })) continue;
      logger.info({ user: userId, idle: Math.round(idle) }, 'nobody uses the machine: it is to sleep');
      await requestSleep(database, userId, 'idle');
    }
  }

  /** Who connected after the guard's last look was not seen; a connection that is open then waits for the machine. */
  async #wakeTheVisited(): Promise<void> {
    const { database, idleness, sleepAfter } = this.#options;
    const where = { status: 'asleep', asleepReason: ['idle', 'room'] as SleepReason[] } as const;
    const hostings = await database.models.Hosting.findAll({ where });
    const uses = await idleness.of(hostings);
    for (const [index, { userId, asleepSince, asleepReason }] of hostings.entries()) {
      const unused = asleepReason === 'room' ? leastIdle : sleepAfter;
      const begun = (asleepSince?.getTime() ?? Infinity) - (unused * 1_000) / 2;
      if ((uses?.[index]?.visited ?? 0) <= begun) continue;
      if (await justFailed(database, { userId, kind: 'wake', seconds: pauseAfterFailedWake })) continue;
      await requestWakeUnlessBusy(database, userId);
    }
  }

  async #hasTurn(): Promise<boolean> {
    const { redis, worker } = this.#options;
    const taken = await redis.set(turnKey, worker, 'EX', turnSeconds, 'NX');
    if (taken === null && (await redis.get(turnKey)) !== worker) return false;
    await redis.expire(turnKey, turnSeconds);
    return true;
  }
}
