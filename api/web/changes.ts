import { EventEmitter, on } from 'node:events';
import { QueryTypes } from 'sequelize';
import { every } from '../repeat.ts';
import type { Services } from '../services.ts';

/** Milliseconds between two looks, unless an announcement comes earlier. */
const interval = 1_000;

/** One short text for each user, which differs when anything that pages show does. Sessions too: a page ends with its own. */
const fingerprints = `
  WITH open AS (
    SELECT id, row_number() OVER (ORDER BY created_at) AS place FROM operations WHERE state IN ('queued', 'running')
  )
  SELECT users.id, md5(concat_ws('|',
    hostings.status, hostings.updated_at, latest.id, latest.state, latest.step, latest.attempt,
    -- Far from its turn not each step forward counts.
    CASE WHEN latest.state = 'queued' THEN CASE WHEN open.place <= 10 THEN open.place ELSE open.place / 10 * 10 END END,
    (SELECT string_agg(ssh_keys.id || ssh_keys.state, ',' ORDER BY ssh_keys.id) FROM ssh_keys WHERE ssh_keys.user_id = users.id),
    (SELECT string_agg(sessions.id::text, ',' ORDER BY sessions.id) FROM sessions WHERE sessions.user_id = users.id)
  )) AS mark
  FROM users
  LEFT JOIN hostings ON hostings.user_id = users.id
  LEFT JOIN LATERAL (
    SELECT id, state, step, attempt, created_at FROM operations WHERE operations.user_id = users.id ORDER BY created_at DESC LIMIT 1
  ) latest ON true
  LEFT JOIN open ON open.id = latest.id
  WHERE users.id = ANY($1)`;

/** Tells open pages that what they show has changed: one query for all of them, whatever their number. */
export class Changes {
  readonly #services: Services;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  /** How many pages of each user are open. */
  readonly #open = new Map<number, number>();
  readonly #marks = new Map<number, string>();
  #stop: (() => void) | undefined;

  constructor(services: Services) {
    this.#services = services;
    services.progress.onAnnouncement(() => void this.#look().catch(() => undefined));
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
    const { logger } = this.#services;
    const complain = (error: unknown) => logger.warn({ err: error }, 'open pages are not told of changes');
    this.#stop ??= every(interval, () => this.#look(), complain).stop;
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
    const rows = await this.#services.database.query<{ id: number; mark: string }>(fingerprints, {
      bind: [watched],
      type: QueryTypes.SELECT,
    });
    for (const { id, mark } of rows) {
      const isNew = this.#marks.get(id) !== mark;
      this.#marks.set(id, mark);
      if (isNew) this.#emitter.emit(String(id));
    }
  }
}
