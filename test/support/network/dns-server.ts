import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Resolver } from 'node:dns/promises';
import { join } from 'node:path';
import { Service } from '../../../scripts/dev/service.ts';

/** Lines of dnsmasq's own configuration (dnsmasq(8)), like `host-record=shop.com,127.0.0.1`. */
export type DnsRecords = string[];

const port = 5300;

/** A DNS server of a test's own: below `com` there is what it is told, and nothing else. */
export class DnsServer {
  /** As `DNS_SERVERS` has it. */
  readonly address: string;
  /** Of the loopback interface, and no other server's: a port alone would be free at one moment and taken at the next. */
  readonly #host = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  readonly #directory: string;
  #service: Service | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.address = `${this.#host}:${port}`;
  }

  static async start(directory: string): Promise<DnsServer> {
    const server = new DnsServer(directory);
    await server.serve([]);
    return server;
  }

  /** Serves these records, and none of those before. */
  async serve(records: DnsRecords): Promise<void> {
    await this.stop();
    const file = join(this.#directory, 'dnsmasq.conf');
    const fixed = [
      `port=${port}`,
      `listen-address=${this.#host}`,
      'bind-interfaces',
      'no-resolv',
      'no-hosts',
      'local=/com/',
    ];
    writeFileSync(file, [...fixed, 'txt-record=ready.com,yes', ...records].map((line) => `${line}\n`).join(''));
    this.#service = new Service({
      name: 'dnsmasq',
      command: [
        '/usr/sbin/dnsmasq',
        '--keep-in-foreground',
        // As whoever starts it: a process that becomes somebody else is no longer ended with its parent (prctl(2), PR_SET_PDEATHSIG).
        '--user=root',
        '--group=root',
        '--log-facility=-',
        '--pid-file',
        `--conf-file=${file}`,
      ],
      log: join(this.#directory, 'dnsmasq.log'),
    });
    await this.#service.untilReady(() => this.#answers());
  }

  async stop(): Promise<void> {
    await this.#service?.stop();
    this.#service = undefined;
  }

  async #answers(): Promise<boolean> {
    const resolver = new Resolver({ timeout: 500, tries: 1 });
    resolver.setServers([this.address]);
    return (await resolver.resolveTxt('ready.com')).length === 1;
  }
}
