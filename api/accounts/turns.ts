import PQueue from 'p-queue';
import { AppError } from '../errors.ts';

/** Lets so much work go on at a time. What comes beside it waits for its turn, in order; where too much waits, it is refused. */
export class Turns {
  readonly #mostWaiting: number;
  readonly #queue: PQueue;

  constructor({ atATime, mostWaiting }: { atATime: number; mostWaiting: number }) {
    this.#queue = new PQueue({ concurrency: atATime });
    this.#mostWaiting = mostWaiting;
  }

  /** Does `work` when it is its turn. @throws AppError `TOO_BUSY` */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#queue.size >= this.#mostWaiting) throw new AppError('TOO_BUSY');
    return this.#queue.add(work);
  }
}
