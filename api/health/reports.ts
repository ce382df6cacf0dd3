import type { Redis } from 'ioredis';

/** Reports of one kind, each under a name, which end by themselves when they are not written again. */
export class Reports {
  readonly #kind: string;
  readonly #lifetime: number;

  /** @param lifetime seconds after which what was reported counts as gone */
  constructor(kind: string, lifetime: number) {
    this.#kind = kind;
    this.#lifetime = lifetime;
  }

  async write(redis: Redis, name: string, text: string): Promise<void> {
    await redis.set(this.#key(name), text, 'EX', this.#lifetime);
    await redis.sadd(this.#names, name);
  }

  /** Null where there is none, or none any more. */
  read(redis: Redis, name: string): Promise<string | null> {
    return redis.get(this.#key(name));
  }

  async withdraw(redis: Redis, name: string): Promise<void> {
    await redis.del(this.#key(name));
    await redis.srem(this.#names, name);
  }

  /** Those that are there. To look for their keys instead would go through all keys of Redis, which has one for each client. */
  async readAll(redis: Redis): Promise<string[]> {
    const names = await redis.smembers(this.#names);
    if (names.length === 0) return [];
    const texts = await redis.mget(names.map((name) => this.#key(name)));
    const gone = names.filter((_, index) => texts[index] === null);
    if (gone.length > 0) await redis.srem(this.#names, gone);
    return texts.filter((text) => text !== null);
  }

  get #names(): string {
    return `names:${this.#kind}`;
  }

  #key(name: string): string {
    return `${this.#kind}:${name}`;
  }
}
