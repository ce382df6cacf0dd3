import { EventEmitter, on } from 'node:events';
import { every } from '../repeat.ts';
import type { Services } from '../services.ts';
import { pageMarks } from '../stores/queries/page-marks.ts';

/** Milliseconds between two looks, unless an announcement comes earlier. */
const interval = 1_000;
/** Milliseconds from an announcement to the look, which is for all that come meanwhile: ten creates at once announce much. */
const gathering = 100;

/** Tells open pages that what they show has changed: one query for all of them, whatever their number. */
export class Changes {
  readonly #services: Services;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  /** How many pages of each user are open. */
  readonly #open = new Map<number, number>();
  readonly #marks = new Map<number, string>();
  #stop: (() => void) | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(services: Services) {
    this.#services = services;
    services.progress.onAnnouncement(() => (this.#soon ??= setTimeout(() => void this.#lookNow(), gathering)));
  }

  /** Yields at once, and then whenever something of the user has changed, until `signal` is aborted. */
  async *of(userId: number, signal: AbortSignal): AsyncGenerator<void> {
    // The mark is taken before the page reads anything, so that no change after that is missed.
    await this.#look([userId]);
    const changed = on(this.#emitter, String(userId), { signal });
    this.#watch(userId);
    try {
      yield;
      for await (const _ of changed) yield;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await changed.return?.();
      this.#unwatch(userId);
    }
  }

  #watch(userId: number): void {
    this.#open.set(userId, (this.#open.get(userId) ?? 0) + 1);
    this.#stop ??= every(interval, () => this.#look(), this.#complain).stop;
  }

  readonly #complain = (error: unknown) => {
    this.#services.logger.warn({ err: error }, 'open pages are not told of changes');
  };

  async #lookNow(): Promise<void> {
    this.#soon = undefined;
    await this.#look().catch(this.#complain);
  }

  #unwatch(userId: number): void {
    const others = (this.#open.get(userId) ?? 1) - 1;
    if (others > 0) {
      this.#open.set(userId, others);
      return;
    }
    this.#open.delete(userId);
    this.#marks.delete(userId);
    if (this.#open.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  async #look(more: number[] = []): Promise<void> {
    const watched = [...this.#open.keys(), ...more];
    if (watched.length === 0) return;
    for (const { id, mark } of await pageMarks(this.#services.database, watched)) {
      const isNew = this.#marks.get(id) !== mark;
      this.#marks.set(id, mark);
      if (isNew) this.#emitter.emit(String(id));
    }
  }
}
