import { AppError } from '../errors.ts';

/** Lets so much work go on at a time. What comes beside it waits for its turn, in order; where too much waits, it is refused. */
export class Turns {
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor({ atATime, mostWaiting }: { atATime: number; mostWaiting: number }) {
    this.#free = atATime;
    this.#mostWaiting = mostWaiting;
  }

  /** Does `work` when it is its turn. @throws AppError `TOO_BUSY` */
  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.#turn();
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #turn(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.#mostWaiting) throw new AppError('TOO_BUSY');
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
