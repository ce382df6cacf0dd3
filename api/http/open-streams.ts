import { AppError } from '../errors.ts';

/** How many event streams each user has open. They end with their process, so each process counts its own. */
export class OpenStreams {
  readonly #limit: number;
  readonly #open = new Map<number, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more. @returns what to call once, when it has ended. @throws AppError `TOO_MANY_STREAMS` */
  open(userId: number): () => void {
    const count = this.#open.get(userId) ?? 0;
    if (count >= this.#limit) throw new AppError('TOO_MANY_STREAMS', { details: { limit: this.#limit } });
    this.#open.set(userId, count + 1);
    return () => this.#close(userId);
  }

  #close(userId: number): void {
    const count = (this.#open.get(userId) ?? 0) - 1;
    if (count > 0) this.#open.set(userId, count);
    else this.#open.delete(userId);
  }
}
