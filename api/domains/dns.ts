import { Resolver } from 'node:dns/promises';

/** What the DNS tells: values, perhaps none; or nothing, and why. */
export type DnsAnswer = { values: string[]; silent?: undefined } | { values?: undefined; silent: string };

/** Milliseconds for a question, and how often it is sent; a lost packet is no silence. */
const timeout = 2_000;
const tries = 2;

/** Definite answers that there is nothing: no such name, or no such record of it. */
const nothing = ['ENOTFOUND', 'ENODATA'];

/** Asks the DNS, and keeps what it does not tell apart from what it says is not there. */
export class Dns implements Disposable {
  readonly #resolver = new Resolver({ timeout, tries });
  readonly #limit: NodeJS.Timeout;

  /**
   * @param servers like `9.9.9.9` or `127.0.0.1:5353`; those of the system when there are none
   * @param seconds after which all that was asked counts as not answered
   */
  constructor(servers: string[], seconds: number) {
    if (servers.length > 0) this.#resolver.setServers(servers);
    this.#limit = setTimeout(() => this.#resolver.cancel(), seconds * 1_000);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#limit);
    this.#resolver.cancel();
  }

  /** A and AAAA together: where one of the two is not known, neither are the addresses. */
  async addresses(name: string): Promise<DnsAnswer> {
    const [four, six] = await Promise.all([
      ask(() => this.#resolver.resolve4(name)),
      ask(() => this.#resolver.resolve6(name)),
    ]);
    if (!four.values) return four;
    return six.values ? { values: [...four.values, ...six.values] } : six;
  }

  /** The name that a CNAME record leads to, in lower case. */
  async alias(name: string): Promise<DnsAnswer> {
    const answer = await ask(() => this.#resolver.resolveCname(name));
    return answer.values ? { values: answer.values.map((value) => value.toLowerCase().replace(/\.$/, '')) } : answer;
  }

  /** TXT records; one may come in pieces. */
  texts(name: string): Promise<DnsAnswer> {
    return ask(async () => (await this.#resolver.resolveTxt(name)).map((pieces) => pieces.join('')));
  }
}

async function ask(question: () => Promise<string[]>): Promise<DnsAnswer> {
  try {
    return { values: await question() };
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    return nothing.includes(code) ? { values: [] } : { silent: code };
  }
}
