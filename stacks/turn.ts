/** Has work done one after another, in the order in which it was asked for. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when all that was asked for before has ended, however it ended. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    // Whoever asked hears of a failure; the next in line only waits for the end.
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when nothing is under way, and nothing waits. */
  async free(): Promise<void> {
    let awaited;
    while (awaited !== this.#last) await (awaited = this.#last);
  }
}
