import { EventEmitter, once } from 'node:events';
import type { Redis } from 'ioredis';
import { Op } from 'sequelize';
import type { Logger } from '../logger.ts';
import type { Operation, OperationEvent } from '../models/operation.ts';
import type { Database } from '../stores/database.ts';

const channel = 'operations:progress';

/** Milliseconds after which the rows are read again although nothing was announced: an announcement can be lost. */
const pollInterval = 1_000;

/** Event for the announcements of all operations; no operation has this id. */
const any = '*';

/**
 * Says that an operation was asked for, or has new events. The rows are the truth, and all who wait look at them every
 * second anyway, so it is no failure when nobody hears it.
 */
export async function announceProgress(
  { redis, logger }: { redis: Redis; logger: Logger },
  operationId: string,
): Promise<void> {
  await redis.publish(channel, operationId).catch((error: unknown) => {
    logger.warn({ err: error, operation: operationId }, 'a change of an operation could not be announced');
  });
}

/** Follows operations. One Redis connection, in subscriber mode, serves all who wait in a process. */
export class ProgressFollower {
  readonly #database: Database;
  readonly #announcements = new EventEmitter().setMaxListeners(0);

  /** Starts listening. While Redis is away, following works by polling; the connection subscribes when it is back. */
  constructor(database: Database, subscriber: Redis, logger: Logger) {
    this.#database = database;
    subscriber.on('message', (_channel: string, operationId: string) => {
      this.#announcements.emit(operationId);
      this.#announcements.emit(any);
    });
    subscriber.subscribe(channel).catch((error: unknown) => logger.warn({ err: error }, 'progress is only polled for'));
  }

  /**
   * Every event of an operation from the one after `afterEventId`, as they happen, until it has ended or `signal` is
   * aborted.
   */
  async *events(operationId: string, signal: AbortSignal, afterEventId = '0'): AsyncGenerator<OperationEvent> {
    let last = afterEventId;
    while (!signal.aborted) {
      const announced = this.announced(signal, operationId);
      const where = { operationId, id: { [Op.gt]: last } };
      for (const event of await this.#database.models.OperationEvent.findAll({ where, order: [['id', 'ASC']] })) {
        yield event;
        last = event.id;
        if (event.state === 'succeeded' || event.state === 'failed') return;
      }
      await announced;
    }
  }

  /** Calls `listener` whenever any operation is announced to have new events. */
  onAnnouncement(listener: () => void): void {
    this.#announcements.on(any, listener);
  }

  /** The operation once it has ended, or as it is when `signal` is aborted. */
  async ended(operationId: string, signal: AbortSignal): Promise<Operation> {
    const events = this.events(operationId, signal);
    while (!(await events.next()).done);
    return this.#database.models.Operation.findByPk(operationId, { rejectOnEmpty: true });
  }

  /** Resolves when an operation, or any, is announced, and at the latest after {@link pollInterval}. */
  async announced(signal: AbortSignal, operationId = any): Promise<void> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(pollInterval)]);
    await once(this.#announcements, operationId, { signal: limit }).catch((error: unknown) => {
      if (!limit.aborted) throw error;
    });
  }
}
